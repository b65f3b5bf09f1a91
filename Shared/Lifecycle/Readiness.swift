internal import Base
internal import JSON

/// What a process still lacks for its work, told at `/ready`. Any thread.
///
///     readiness.set("redis", missing: "Redis does not answer")   // 503
///     readiness.set("redis", missing: nil)                       // 200
///     readiness.note("redis", missing: "Redis runs without AOF") // shown, changes nothing
package final class Readiness: Sendable {
    /// A thing that is not there, and why as far as known.
    package struct Lack: Sendable, Equatable {
        package let name: String
        package let reason: String
    }

    private struct State {
        var missing: [String: String] = [:]
        var notes: [String: String] = [:]
    }

    private let state: Locked<State>

    /// Not ready until each of these has been set.
    package init(waitingFor names: [StaticString] = []) {
        var state = State()
        for name in names { state.missing[name.description] = "not there yet" }
        self.state = Locked(state)
    }

    package func set(_ name: StaticString, missing reason: String?) {
        state.withLock { $0.missing[name.description] = reason }
    }

    /// What people should know though work goes on.
    package func note(_ name: StaticString, missing reason: String?) {
        state.withLock { $0.notes[name.description] = reason }
    }

    /// By name.
    package var missing: [Lack] { Self.sorted(state.withLock { $0.missing }) }
    package var notes: [Lack] { Self.sorted(state.withLock { $0.notes }) }
    package var isReady: Bool { state.withLock { $0.missing.isEmpty } }

    /// The status of the answer and its JSON, of one moment:
    /// `{"ready":false,"missing":[{"name":"redis","reason":"…"}],"notes":[]}`.
    package func report() -> (status: Int, body: [UInt8]) {
        let state = state.withLock { $0 }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("ready", state.missing.isEmpty)
        for (key, lacks) in [("missing", state.missing), ("notes", state.notes)] {
            writer.key(key)
            writer.beginArray()
            for lack in Self.sorted(lacks) {
                writer.beginObject()
                writer.member("name", lack.name)
                writer.member("reason", lack.reason)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.endObject()
        return (state.missing.isEmpty ? 200 : 503, writer.takeBytes())
    }

    private static func sorted(_ lacks: [String: String]) -> [Lack] {
        lacks.sorted { $0.key < $1.key }.map { Lack(name: $0.key, reason: $0.value) }
    }
}
