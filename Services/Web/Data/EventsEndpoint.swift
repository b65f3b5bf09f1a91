import Base
import EventModels
import HTTPServer
import JSON

/// `GET /api/guilds/{guild}/events`: what a stream would have shown behind an event.
enum EventsEndpoint: APIEndpoint {
    static func operations(_ api: APIContext) -> [Operation] {
        let page = Schema.object([
            .init("events", .array(.named("Event"), 0...100), "In their order"),
            .init("last", .form(.eventID), "How far was looked: the next “after”"),
            .init("isEnd", .boolean, "Whether there is nothing behind it now"),
        ])
        return [
            Operation(
                "GET",
                "/api/guilds/{guild}/events",
                "events",
                tag: .live,
                "Events behind one that you have seen",
                access: .scope(.stream),
                parameters: [
                    .guild,
                    .query("after", .form(.eventID), "Without it nothing is told but where the log ends"),
                    .list("events", .form(.kind), "Of these kinds: voice.joined, voice.*"),
                    .list("channels", .snowflake, "Of these channels; what has none comes anyway"),
                    .limit,
                ],
                answers: [
                    .json(page, "A page of them, which may have fewer than it could"),
                    .problem(410, "What came behind it is not held any more, or you see other things since"),
                ]
            ) { call async throws(Problem) in
                let look = try await api.desk.look(at: call.id("guild"), for: call.caller, now: api.now)
                var filter = StreamFilter(
                    guilds: [look.state.id],
                    kinds: Set(call.list("events").compactMap { KindPattern($0) }),
                    channels: Set(call.snowflakes("channels"))
                )
                if let key = look.key { filter = try filter.narrowed(by: key) }
                let wanted = MissedEvents(
                    after: call.text("after").flatMap { EventID($0) },
                    filter: filter,
                    countMax: call.limit
                )
                return try await answer(api.desk.hub.missed(wanted, by: look))
            }
        ]
    }

    private static func answer(_ missed: MissedEvents.Answer) throws(Problem) -> HTTPResponse {
        switch missed {
        case .notFound: throw .notFound("guild")
        case .gone:
            throw Problem(
                410,
                "What came behind “after” is not held any more, or you see other things since. "
                    + "Read what is there now, and go on without “after”."
            )
        case .page(let envelopes, let last, let isEnd):
            var writer = JSONWriter(reserving: 4_096)
            writer.beginObject()
            writer.key("events")
            writer.beginArray()
            for envelope in envelopes { writer.raw(envelope) }
            writer.endArray()
            writer.member("last", last.description)
            writer.member("isEnd", isEnd)
            writer.endObject()
            return .json(writer.takeBytes())
        }
    }
}

extension Hub {
    fileprivate func missed(_ wanted: MissedEvents, by look: GuildLook) -> MissedEvents.Answer {
        missed(wanted, by: look.subject, look.facts, at: look.place)
    }
}
