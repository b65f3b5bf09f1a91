internal import Glibc

/// A system call that failed, by name and errno.
package struct SystemCallError: Error, Equatable, CustomStringConvertible {
    package let call: String
    package let code: CInt

    package init(call: String, code: CInt) {
        self.call = call
        self.code = code
    }

    package var description: String { "\(call): \(String(cString: strerror(code))) (errno \(code))" }
}

/// What a call on a non-blocking descriptor came to.
enum SystemCallResult {
    case done(Int)
    case wouldBlock
}

/// The one place that retries system calls: EINTR loops, EAGAIN is a value, EBADF and EFAULT are bugs.
@discardableResult
func systemCall(_ name: StaticString, _ body: () -> Int) throws(SystemCallError) -> SystemCallResult {
    while true {
        let result = body()
        if result >= 0 { return .done(result) }
        switch errno {
        case EINTR: continue
        case EAGAIN, EINPROGRESS: return .wouldBlock
        case EBADF, EFAULT: preconditionFailure("\(name): misuse of a descriptor is a bug, not an event")
        case let code: throw SystemCallError(call: name.description, code: code)
        }
    }
}

/// An owned descriptor; closes when it goes.
struct Descriptor: ~Copyable {
    let raw: CInt

    init(_ raw: CInt) { self.raw = raw }

    deinit { _ = Glibc.close(raw) }

    /// Gives the descriptor away: whoever takes it closes it.
    consuming func release() -> CInt {
        let raw = self.raw
        discard self
        return raw
    }
}
