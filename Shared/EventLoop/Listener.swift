internal import Base
internal import CLinux
internal import Glibc

/// Whether a listener has its port to itself.
package enum PortSharing: Sendable {
    /// Nobody else listens there, now or later.
    case none
    /// Nobody else does; from now on others of this user may, as `joining`.
    case first
    case joining
}

/// A listening TCP socket on one loop. Several may share a port, one for each loop; the kernel then spreads connections
/// over them, by a hash of both ends' addresses and ports.
///
/// `@unchecked Sendable`: every member asserts that it runs on the loop's thread.
package final class Listener: ReadinessHandler, @unchecked Sendable {
    private let loop: EventLoop
    private let accept: @Sendable (TCPStream) -> Void
    private var descriptor: CInt
    private var registration: Registration?
    /// The port bound, which the kernel chose when 0 was asked for.
    package let port: Int

    /// Connections taken in one turn before other descriptors have theirs.
    private static let acceptsPerTurnMax = 64
    /// How long to leave waiting connections alone when the process is out of descriptors.
    private static let restWhenFull = Duration.milliseconds(100)

    /// Binds and listens; `host` is numeric or a name that resolves without delay, as `localhost`.
    /// `accept` gets each connection and sets its delegate before it returns; reading begins after that.
    package init(
        host: String,
        port: Int,
        sharing: PortSharing = .none,
        on loop: EventLoop,
        accept: @escaping @Sendable (TCPStream) -> Void
    ) throws {
        loop.assertOnLoop()
        self.loop = loop
        self.accept = accept
        guard let address = try SocketAddress.resolve(host: host, port: port, passive: true).first else {
            throw ResolveError(host: host, reason: "no address")
        }
        let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let socket = Descriptor(Glibc.socket(address.family, type, 0))
        guard socket.raw >= 0 else { throw SystemCallError(call: "socket", code: errno) }
        var one: CInt = 1
        let size = socklen_t(MemoryLayout<CInt>.size)
        setsockopt(socket.raw, SOL_SOCKET, SO_REUSEADDR, &one, size)
        if sharing == .joining { setsockopt(socket.raw, SOL_SOCKET, SO_REUSEPORT, &one, size) }
        guard address.withPointer({ bind(socket.raw, $0, $1) }) == 0 else {
            throw SystemCallError(call: "bind \(host):\(port)", code: errno)
        }
        // Those that are accepted have them from here.
        TCPStream.setOptions(socket.raw)
        guard listen(socket.raw, 4096) == 0 else { throw SystemCallError(call: "listen", code: errno) }
        // Not before it listens: until then two processes may have bound the port, and neither would be refused.
        if sharing == .first { setsockopt(socket.raw, SOL_SOCKET, SO_REUSEPORT, &one, size) }
        self.port = SocketAddress.filled { getsockname(socket.raw, $0, $1) }.address.port
        descriptor = socket.release()
        registration = try loop.register(descriptor: descriptor, interest: .read, handler: self)
    }

    package func close() {
        loop.assertOnLoop()
        if let registration { loop.deregister(registration) }
        registration = nil
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
    }

    package func ready(_ readiness: DescriptorEvents, on registration: Registration) {
        for _ in 0..<Self.acceptsPerTurnMax {
            guard descriptor >= 0 else { return }
            let (address, connection) = SocketAddress.filled { guildwire_accept(descriptor, $0, $1) }
            if connection >= 0 {
                let stream = TCPStream(descriptor: connection, remoteAddress: address.host, loop: loop)
                accept(stream)
                stream.start()
                continue
            }
            switch errno {
            case EAGAIN: return
            case EMFILE, ENFILE, ENOMEM, ENOBUFS: return rest()
            default: continue  // The peer gave up before it was taken: nothing to tell anyone.
            }
        }
        loop.stayAwake()
    }

    /// Out of descriptors: the waiting connections stay in the kernel's queue for a while instead of spinning here.
    private func rest() {
        guard let registration else { return }
        try? loop.update(registration, interest: [])
        loop.schedule(after: Self.restWhenFull) { [weak self] in
            guard let self, let registration = self.registration else { return }
            try? self.loop.update(registration, interest: .read)
        }
    }
}
