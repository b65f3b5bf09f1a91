import Lifecycle
import Testing

@Suite struct ReadinessTests {
    private func text(_ readiness: Readiness) -> String {
        let (status, body) = readiness.report()
        return "\(status) \(String(decoding: body, as: UTF8.self))"
    }

    @Test func `what is waited for is missing until it is set`() {
        let readiness = Readiness(waitingFor: ["redis", "gateway"])
        readiness.set("gateway", missing: nil)
        #expect(!readiness.isReady)
        #expect(
            text(readiness)
                == #"503 {"ready":false,"missing":[{"name":"redis","reason":"not there yet"}],"notes":[]}"#
        )
        readiness.set("redis", missing: nil)
        #expect(text(readiness) == #"200 {"ready":true,"missing":[],"notes":[]}"#)
    }

    @Test func `what goes away is missing again, in the order of names`() {
        let readiness = Readiness()
        #expect(readiness.isReady)
        readiness.set("redis", missing: "connection \"refused\"")
        readiness.set("bus", missing: "gone")
        #expect(readiness.missing.map(\.name) == ["bus", "redis"])
        #expect(text(readiness).contains(#"{"name":"redis","reason":"connection \"refused\""}"#))
    }

    @Test func `a note is shown and changes nothing`() {
        let readiness = Readiness()
        readiness.note("redis", missing: "runs without AOF")
        #expect(readiness.isReady)
        #expect(
            text(readiness)
                == #"200 {"ready":true,"missing":[],"notes":[{"name":"redis","reason":"runs without AOF"}]}"#
        )
    }
}
