import Base
import EventLoop
import Glibc
import TestSupport
import Testing

@Suite struct HandOverTests {
    private final class Handler: ReadinessHandler {
        let heard = Locked<[DescriptorEvents]>([])
        func ready(_ readiness: DescriptorEvents, on registration: Registration) {
            heard.withLock { $0.append(readiness) }
            _ = SocketIO.discardInput(registration.descriptor)
        }
    }

    /// A client's socket, bound to another address of loopback.
    private static func connect(from address: UInt32, port: Int) throws -> CInt {
        let client = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var own = sockaddr_in()
        own.sin_family = sa_family_t(AF_INET)
        own.sin_addr.s_addr = address.bigEndian
        var peer = own
        peer.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        peer.sin_port = UInt16(port).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        for (address, call) in [(own, bind), (peer, Glibc.connect)] {
            let result = withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call(client, $0, size) }
            }
            try #require(result == 0)
        }
        return client
    }

    private static func option(_ name: CInt, of descriptor: CInt) -> CInt {
        var (value, size) = (CInt(0), socklen_t(MemoryLayout<CInt>.size))
        return getsockopt(descriptor, CInt(IPPROTO_TCP), name, &value, &size) == 0 ? value : -1
    }

    @Test func `what is handed over stays registered, for whoever adopts it`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let streams = Locked<[TCPStream]>([])
        let recorder = ByteStreamRecorder()
        let listener = try await on(loop) {
            try Listener(host: "127.0.0.1", port: 0, on: loop) { stream in
                stream.delegate = recorder
                streams.withLock { $0.append(stream) }
            }
        }
        let clients = try [0x7F00_0001, 0x7FC8_0A63].map { try Self.connect(from: $0, port: listener.port) }
        defer { for client in clients { _ = close(client) } }
        try await eventually("both") { streams.withLock { $0.count } == 2 }
        let taken = streams.withLock { $0 }
        #expect(taken.map(\.remoteAddress).sorted() == ["127.0.0.1", "127.200.10.99"])

        let handler = Handler()
        let registrations = try await on(loop) {
            try taken.map { stream in
                // One that was not read is read again by its new owner.
                stream.pauseReading()
                return try #require(stream.handOver())
            }
        }
        for registration in registrations {
            // Accepted sockets have these from the one that listens.
            #expect(Self.option(TCP_NODELAY, of: registration.descriptor) == 1)
            #expect(Self.option(CInt(TCP_NOTSENT_LOWAT), of: registration.descriptor) == 131_072)
        }
        let isGone = try await on(loop) { taken.allSatisfy { $0.handOver() == nil && $0.detach() == nil } }
        #expect(isGone)
        try await on(loop) {
            for registration in registrations { loop.adopt(registration, handler: handler) }
        }
        for client in clients { #expect(send(client, "x", 1, 0) == 1) }
        try await eventually("both to be heard") { handler.heard.withLock { $0.count } == 2 }
        #expect(handler.heard.withLock { $0 } == [.readable, .readable])
        #expect(recorder.record.received.isEmpty, "the stream's delegate hears nothing more")

        // What is deregistered is another's from then on, and a descriptor may be closed without having been adopted.
        let isWatched = try await on(loop) {
            loop.deregister(registrations[0])
            loop.adopt(registrations[0], handler: handler)
            return registrations.map { loop.watches($0) }
        }
        #expect(isWatched == [false, true])
        try await on(loop) {
            loop.deregister(registrations[1])
            for registration in registrations { SocketIO.close(registration.descriptor) }
            listener.close()
        }
    }

    @Test func `a descriptor that nobody adopted can be closed and used again`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let seen = Locked<[CInt]>([])
        let listener = try await on(loop) {
            try Listener(host: "127.0.0.1", port: 0, on: loop) { stream in
                stream.delegate = ByteStreamRecorder { stream, _ in
                    guard let registration = (stream as? TCPStream)?.handOver() else { return }
                    seen.withLock { $0.append(registration.descriptor) }
                    SocketIO.close(registration.descriptor)
                }
            }
        }
        for count in 1...3 {
            let client = try Self.connect(from: 0x7F00_0001, port: listener.port)
            defer { _ = close(client) }
            #expect(send(client, "x", 1, 0) == 1)
            try await eventually("it to be closed") { seen.withLock { $0.count } == count }
        }
        loop.execute { listener.close() }
    }

    @Test func `timers that are cancelled leave their places to others`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let fired = Locked<[Int]>([])
        loop.execute {
            var timers: [TimerID] = []
            for round in 0..<10 {
                timers += (0..<40).map { index in
                    loop.schedule(after: .milliseconds(20)) {
                        fired.withLock { $0.append(round * 40 + index) }
                    }
                }
                // All but every tenth; some of them twice.
                for (index, timer) in timers.enumerated() where index % 10 != 0 { loop.cancel(timer) }
            }
        }
        try await eventually("those that are left") { fired.withLock { $0.count } >= 40 }
        #expect(fired.withLock { $0 } == Array(stride(from: 0, to: 400, by: 10)))
    }
}
