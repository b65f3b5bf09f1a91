internal import Base
internal import CLinux
internal import Glibc

/// Resolves a host off the loop and connects to its addresses one after the other.
///
/// `@unchecked Sendable`: every member but the resolving closure runs on the loop's thread.
final class Connector: ReadinessHandler, @unchecked Sendable {
    enum Outcome: Sendable {
        case connected(descriptor: CInt, address: String)
        case failed(String)
    }

    private let host: String
    private let port: Int
    private let loop: EventLoop
    private var finished: (@Sendable (Outcome) -> Void)?
    private var remaining: [SocketAddress] = []
    private var current: (descriptor: CInt, registration: Registration, address: SocketAddress)?
    private var deadline: TimerID?
    private var lastFailure = "no address"

    init(host: String, port: Int, loop: EventLoop, finished: @escaping @Sendable (Outcome) -> Void) {
        self.host = host
        self.port = port
        self.loop = loop
        self.finished = finished
    }

    func start(timeout: Duration) {
        deadline = loop.schedule(after: timeout) { [weak self] in
            guard let self else { return }
            self.finish(.failed("connect to \(self.host):\(self.port) timed out"))
        }
        BlockingPool.shared.submit { [host, port, loop] in
            let result = Result { () throws(ResolveError) in try SocketAddress.resolve(host: host, port: port)
            }
            loop.execute { self.resolved(result) }
        }
    }

    /// Forgets the attempt; `finished` is not called.
    func cancel() {
        finished = nil
        finish(.failed("cancelled"))
    }

    private func resolved(_ result: Result<[SocketAddress], ResolveError>) {
        guard finished != nil else { return }
        switch result {
        case .success(let addresses):
            remaining = addresses.reversed()
            tryNext()
        case .failure(let error):
            finish(.failed(error.description))
        }
    }

    private func tryNext() {
        guard let address = remaining.popLast() else {
            return finish(.failed("connect to \(host):\(port): \(lastFailure)"))
        }
        let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, type, 0)
        guard descriptor >= 0 else {
            lastFailure = String(cString: strerror(errno))
            return tryNext()
        }
        do {
            let result = try systemCall("connect") {
                Int(address.withPointer { connect(descriptor, $0, $1) })
            }
            if case .done = result {
                return finish(.connected(descriptor: descriptor, address: address.host))
            }
            let registration = try loop.register(descriptor: descriptor, interest: .write, handler: self)
            current = (descriptor, registration, address)
        } catch {
            lastFailure = String(cString: strerror(error.code))
            _ = Glibc.close(descriptor)
            tryNext()
        }
    }

    func ready(_ readiness: DescriptorEvents, on registration: Registration) {
        guard let (descriptor, registration, address) = current else { return }
        current = nil
        loop.deregister(registration)
        var code: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        guard code == 0 else {
            lastFailure = String(cString: strerror(code))
            _ = Glibc.close(descriptor)
            return tryNext()
        }
        finish(.connected(descriptor: descriptor, address: address.host))
    }

    private func finish(_ outcome: Outcome) {
        if let deadline { loop.cancel(deadline) }
        deadline = nil
        if let (descriptor, registration, _) = current {
            loop.deregister(registration)
            _ = Glibc.close(descriptor)
        }
        current = nil
        let finished = self.finished
        self.finished = nil
        finished?(outcome)
    }
}
