import Base
import Lifecycle
import Telemetry
import Testing

@Suite(.timeLimit(.minutes(1))) struct RunTogetherTests {
    private struct Failure: Error, Equatable { let name: String }

    private struct Part: Service {
        let body: @Sendable () async throws -> Void
        func run() async throws { try await body() }
    }

    /// Runs until it is cancelled, and says so.
    private func patient(_ ended: Locked<Int>) -> Part {
        Part {
            defer { ended.withLock { $0 += 1 } }
            try await untilCancelled()
        }
    }

    @Test func `the first to return ends the others`() async throws {
        let ended = Locked(0)
        try await runTogether([patient(ended), Part {}, patient(ended)], log: .silent)
        #expect(ended.withLock { $0 } == 2)
    }

    @Test func `the first failure ends the others and is thrown`() async {
        let ended = Locked(0)
        let failing = Part { throw Failure(name: "first") }
        await #expect(throws: Failure(name: "first")) {
            try await runTogether([patient(ended), failing, patient(ended)], log: .silent)
        }
        #expect(ended.withLock { $0 } == 2)
    }

    @Test func `a cancelled group ends without an error, a failing drain with its own`() async throws {
        for drainFails in [false, true] {
            let ended = Locked(0)
            let part = Part {
                do { try await untilCancelled() } catch {
                    if drainFails { throw Failure(name: "drain") }
                    throw error
                }
            }
            let services: [any Service] = [patient(ended), part]
            let failure = await withTaskGroup(of: (any Error)?.self) { group in
                group.addTask {
                    do { try await runTogether(services, log: .silent) } catch { return error }
                    return nil
                }
                group.cancelAll()
                return await group.next() ?? nil
            }
            #expect(failure as? Failure == (drainFails ? Failure(name: "drain") : nil))
            #expect(ended.withLock { $0 } == 1)
        }
    }
}

/// Returns by throwing, when the task is cancelled.
private func untilCancelled() async throws {
    let (stream, _) = AsyncStream.makeStream(of: Void.self)
    for await _ in stream {}
    try Task.checkCancellation()
}
