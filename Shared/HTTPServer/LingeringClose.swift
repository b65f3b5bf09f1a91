internal import Base
package import EventLoop
internal import Glibc

/// Closes a connection whose client may still be sending, so that it can read the answer first.
///
/// Closing a socket with unread input makes the kernel send a reset, and a reset makes the client's kernel
/// throw away what it has received (RFC 9112 section 9.6). So: end our side, read and drop for a moment, then
/// close.
package final class LingeringClose: ReadinessHandler {
    private let descriptor: CInt
    private let loop: EventLoop
    private let registration: Locked<Registration?> = Locked(nil)

    /// How long a client is listened to at most.
    package static let duration = Duration.seconds(1)
    /// How many are listened to at once: such connections count for no server's limit. One more is closed without
    /// a pause, and if it was still sending it may miss its answer.
    static let countMax = 1_024
    private static let count = Locked(0)

    private init(descriptor: CInt, loop: EventLoop) {
        self.descriptor = descriptor
        self.loop = loop
    }

    /// Closes the stream behind what was written to it; its delegate hears no more. Where there is no bare
    /// socket to listen on, or the client does not take what was written, this is `closeAfterFlush`.
    package static func begin(_ stream: any ByteStream) {
        guard let bare = stream as? TCPStream, let descriptor = bare.detach() else {
            return stream.closeAfterFlush()
        }
        begin(descriptor, on: stream.loop)
    }

    /// Takes the descriptor over, which no loop watches. On its loop.
    package static func begin(_ descriptor: CInt, on loop: EventLoop) {
        guard count.withLock({ $0 < countMax }), shutdown(descriptor, CInt(SHUT_WR)) == 0 else {
            return SocketIO.close(descriptor)
        }
        let linger = LingeringClose(descriptor: descriptor, loop: loop)
        guard
            let registration = try? loop.register(descriptor: descriptor, interest: .read, handler: linger)
        else { return SocketIO.close(descriptor) }
        linger.registration.withLock { $0 = registration }
        count.withLock { $0 += 1 }
        loop.schedule(after: duration) { linger.finish() }
    }

    package func ready(_ readiness: DescriptorEvents, on registration: Registration) {
        if readiness.contains(.hangUp) || !SocketIO.discardInput(descriptor) { finish() }
    }

    private func finish() {
        let registration = registration.withLock { value in
            defer { value = nil }
            return value
        }
        guard let registration else { return }
        Self.count.withLock { $0 -= 1 }
        loop.deregister(registration)
        SocketIO.close(descriptor)
    }
}
