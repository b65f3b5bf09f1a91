import Configuration
import Lifecycle
import Testing

@Suite(.timeLimit(.minutes(1))) struct RunServiceTests {
    @Test func `a process that ends well exits 0`() async {
        await #expect(processExitsWith: .exitCode(0)) { runProcess("test") {} }
    }

    @Test func `settings that are wrong exit 78 with the whole report`() async throws {
        let result = await #expect(processExitsWith: .exitCode(78), observing: [\.standardErrorContent]) {
            runProcess("test") {
                var reader = ConfigReader(environment: ["B": "x"])
                _ = reader.required("A")
                _ = reader.port("B", default: 1)
                try reader.finish()
            }
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("test: 2 settings are missing or wrong:\n  A  is required"))
        #expect(text.contains("\n  B  must be a whole number"))
    }

    @Test func `any other error exits 1 and says which`() async {
        let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
            runProcess("test") { throw Broken() }
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains(#""msg":"ended by an error","error":"Broken()"}"#))
    }

    @Test func `services that do not stop are left after the grace period`() async {
        await #expect(processExitsWith: .exitCode(1)) {
            runService("test", grace: .milliseconds(50)) { [Ending(), Stubborn()] }
        }
    }
}

private struct Broken: Error {}

private struct Ending: Service {
    func run() async throws {}
}

/// Deaf to cancellation.
private struct Stubborn: Service {
    func run() async throws {
        await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
    }
}
