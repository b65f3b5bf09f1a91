import EventLoop
import TestSupport
import Testing

/// Waits for work that fails, and goes on.
private actor Waiter {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private var failures = 0

    struct Failure: Error {}

    init(loop: EventLoop) { self.loop = loop }

    func run() async -> Int {
        for await number in AsyncStream(unfolding: { [self] in await next() }) { await attempt(number) }
        return failures
    }

    private func next() -> Int? { failures < 3 ? failures : nil }

    private func attempt(_ number: Int) async {
        let failure = Failure()
        do {
            try await BlockingPool.shared.run { if number >= 0 { throw failure } }
            preconditionIsolated()
        } catch {
            preconditionIsolated()
            failures += 1
        }
    }
}

@Suite struct BlockingPoolTests {
    /// Swift 6.3 goes on elsewhere, in optimised code, where a throwing continuation is resumed with an error.
    @Test func `whoever waits for work that fails goes on where it was`() async throws {
        let failures = try await withEventLoop { loop in await Waiter(loop: loop).run() }
        #expect(failures == 3)
    }
}
