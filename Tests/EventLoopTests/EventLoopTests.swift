import Base
import EventLoop
import TestSupport
import Testing

/// A small actor pinned to a loop, as the product's peers are.
private actor Counter {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private(set) var values: [Int] = []

    init(loop: EventLoop) { self.loop = loop }

    func add(_ value: Int) { values.append(value) }
    func isOnLoop() -> Bool { loop.isOnLoop }
    nonisolated func addFromLoop(_ value: Int) { assumeIsolated { $0.values.append(value) } }
}

@Suite struct EventLoopTests {
    @Test func `an actor runs on its loop and is entered from callbacks without a hop`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let counter = Counter(loop: loop)
        #expect(await counter.isOnLoop())
        #expect(!loop.isOnLoop)
        for value in 0..<100 { loop.execute { counter.addFromLoop(value) } }
        await counter.add(100)
        let values = await counter.values
        #expect(values == Array(0...100))
    }

    @Test func `timers fire in the order of their deadlines and not when cancelled`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let fired = Locked<[Int]>([])
        loop.execute {
            loop.schedule(after: .milliseconds(30)) { fired.withLock { $0.append(3) } }
            let cancelled = loop.schedule(after: .milliseconds(5)) { fired.withLock { $0.append(-1) } }
            loop.schedule(after: .milliseconds(10)) { fired.withLock { $0.append(2) } }
            loop.schedule(after: .zero) { fired.withLock { $0.append(1) } }
            loop.cancel(cancelled)
        }
        try await eventually("the last timer") { fired.withLock { $0.last == 3 } }
        #expect(fired.withLock { $0 } == [1, 2, 3])
    }

    @Test func `several loops share a port and every connection is served`() async throws {
        let loops = try (0..<3).map { try EventLoop(name: "loop-\($0)") }
        defer { for loop in loops { loop.stop() } }
        let accepted = Locked(0)
        let listeners = Locked<[Listener]>([])
        var port = 0
        for loop in loops {
            let wanted = port
            let sharing: PortSharing = port == 0 ? .first : .joining
            port = try await on(loop) {
                let listener = try Listener(host: "127.0.0.1", port: wanted, sharing: sharing, on: loop) {
                    stream in
                    accepted.withLock { $0 += 1 }
                    stream.delegate = ByteStreamRecorder { stream, bytes in stream.write(bytes) }
                }
                listeners.withLock { $0.append(listener) }
                return listener.port
            }
        }
        let bound = port
        let recorders = (0..<24).map { _ in ByteStreamRecorder() }
        for (index, recorder) in recorders.enumerated() {
            let loop = loops[index % 3]
            loop.execute {
                TCPStream.connect(host: "127.0.0.1", port: bound, on: loop, delegate: recorder).write([1])
            }
        }
        try await eventually("all connections accepted") { accepted.withLock { $0 == 24 } }
        #expect(recorders.allSatisfy { $0.record.closed.isEmpty })
    }

    @Test func `a port that somebody listens on is refused, also to who would share it`() async throws {
        let loop = try EventLoop(name: "loop")
        defer { loop.stop() }
        for held in [PortSharing.none, .first] {
            let listener = try await on(loop) {
                try Listener(host: "127.0.0.1", port: 0, sharing: held, on: loop) { $0.close() }
            }
            for wanted in [PortSharing.none, .first] {
                await #expect(throws: SystemCallError.self) {
                    try await on(loop) {
                        _ = try Listener(host: "127.0.0.1", port: listener.port, sharing: wanted, on: loop) {
                            $0.close()
                        }
                    }
                }
            }
            try await on(loop) { listener.close() }
        }
    }
}

/// Runs `body` on the loop and hands its result over.
func on<Result: Sendable>(_ loop: EventLoop, _ body: @escaping @Sendable () throws -> Result) async throws
    -> Result
{
    try await withCheckedThrowingContinuation { continuation in
        loop.execute { continuation.resume(with: Swift.Result { try body() }) }
    }
}
