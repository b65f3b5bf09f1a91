internal import Glibc

/// A lock that one process on this host holds, until it ends or lets go. The file holds its process id.
package final class FileLock: Sendable {
    private let descriptor: CInt

    package enum Outcome {
        case taken(FileLock)
        /// Who has it, as far as the file says.
        case held(by: String)
    }

    private init(_ descriptor: CInt) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Does not wait.
    static func take(path: String) throws(FileFailure) -> Outcome {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileFailure(call: "open", path: path, code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            defer { close(descriptor) }
            guard code == EWOULDBLOCK else { throw FileFailure(call: "flock", path: path, code: code) }
            var text = [UInt8](repeating: 0, count: 32)
            let count = unsafe pread(descriptor, &text, text.count, 0)
            return .held(by: String(decoding: text.prefix(max(0, count)), as: UTF8.self))
        }
        let text = Array("\(getpid())".utf8)
        ftruncate(descriptor, 0)
        _ = unsafe text.span.withUnsafeBytes { bytes in
            unsafe pwrite(descriptor, bytes.baseAddress, bytes.count, 0)
        }
        return .taken(FileLock(descriptor))
    }
}
