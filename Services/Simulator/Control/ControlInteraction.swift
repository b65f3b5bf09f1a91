internal import Base
internal import HTTPServer
internal import JSON

extension Simulation {
    /// Somebody uses a command, a component or a modal; specs/simulator.md names the fields. Answers
    /// `{"id","token","sessions":[{"shard","session","s"}]}`.
    func controlInteraction(_ request: HTTPRequest) -> HTTPResponse {
        guard let given = try? JSONFields(JSONDocument(parsing: request.body).root) else {
            return .problem(status: 400, detail: "the body must be an object")
        }
        let made: InteractionMaking.Made
        do { made = try core.makeInteraction(given, now: now) } catch {
            return .problem(status: 422, detail: error.description)
        }
        let deliveries = core.broadcast(made.dispatch, now: now)
        flush()
        return .json(
            JSONText.object { writer in
                writer.member("id", made.interaction.id)
                writer.member("token", made.interaction.token)
                writer.member("sessions", raw: encoded(deliveries))
            }
        )
    }

    /// `[{"id","type","name","guild","channel","user","at","state","callback","after_ms","original","messages","data"}]`,
    /// the oldest first; `state` is received, acknowledged or expired.
    func controlInteractions() -> HTTPResponse {
        let now = now.monotonic
        let list = core.desk.all.map { held in
            JSONText.object { writer in
                writer.member("id", held.id)
                writer.member("type", held.kind.rawValue)
                writer.member("name", held.name)
                writer.member("guild", held.guild)
                writer.member("channel", held.channel)
                writer.member("user", held.user)
                writer.member("at", raw: MillisecondsText.bytes(unixMicroseconds: held.at.unixMicroseconds))
                writer.member(
                    "state",
                    held.answeredAt != nil ? "acknowledged" : held.isLate(now) ? "expired" : "received"
                )
                writer.member("callback", held.callback)
                if let answered = held.answeredAt {
                    writer.member("after_ms", (answered - held.at.monotonic) / .milliseconds(1))
                }
                writer.member("original", held.original)
                writer.member("messages", raw: JSONText.ids(held.messages))
                if let data = held.data { writer.member("data", raw: data) }
            }
        }
        return .json(JSONText.array(list))
    }

    /// Where dispatches went: `[{"shard","session","s"}]`.
    nonisolated func encoded(_ deliveries: [Delivery]) -> [UInt8] {
        JSONText.array(
            deliveries.map { delivery in
                JSONText.object { writer in
                    writer.member("shard", delivery.shard)
                    writer.member("session", delivery.session)
                    writer.member("s", delivery.sequence)
                }
            }
        )
    }
}
