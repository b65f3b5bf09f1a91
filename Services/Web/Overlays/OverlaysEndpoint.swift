import EventLoop
import EventModels
import HTTPServer
import JSON

/// What overlays keep to, and their samples.
enum OverlaysEndpoint: APIEndpoint {
    static func operations(_ api: APIContext) -> [Operation] { [rules(api), test(api)] }

    private static func rules(_ api: APIContext) -> Operation {
        Operation(
            "GET",
            "/api/guilds/{guild}/overlay-rules",
            "overlayRules",
            tag: .overlays,
            "What overlays of the guild keep to, of its settings",
            access: .scope(.stream),
            parameters: [.guild, .ifNoneMatch],
            answers: [.json(.named("OverlayRules"), "All of it"), .empty(304, "It is as it was")]
        ) { call throws(Problem) in
            let look = try await api.desk.look(at: call.id("guild"), for: call.caller, now: api.now)
            // Out of memory, as the log told them: overlays go on while PostgreSQL is away.
            let settings = api.settings.book.settings(of: look.state.id)
            return TaggedContent(encoded(settings)).response(to: call.request)
        }
    }

    private static func encoded(_ settings: GuildSettings) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("badWords")
        json.beginArray()
        for word in settings.badWords { json.string(word) }
        json.endArray()
        json.member("timeZone", settings.timeZone)
        json.key("milestones")
        json.beginArray()
        for number in settings.milestones { json.int(number) }
        json.endArray()
        json.endObject()
        return json.takeBytes()
    }

    private static func test(_ api: APIContext) -> Operation {
        Operation(
            "POST",
            "/api/guilds/{guild}/overlay-tests",
            "testOverlays",
            tag: .overlays,
            "Has the guild's overlays show a sample",
            access: .session,
            parameters: [.guild],
            body: .named("OverlayTest"),
            answers: [.empty(202, "The overlays are being told")]
        ) { call throws(Problem) in
            let user = try call.user()
            let look = try await api.desk.manage(try call.id("guild"), as: user, now: api.now)
            guard let sample = (call.body?["kind"]?.string).flatMap({ OverlayDesk.Sample(rawValue: $0) })
            else {
                throw .invalid("kind is none that there is.")
            }
            let key = RandomSource.hex(16)
            switch await api.overlays.test(sample, of: look.state.id, by: user, key: key, now: api.now) {
            case .told: return HTTPResponse(status: 202)
            case .tooMany:
                throw Problem(429, "A guild's overlays show 30 samples a minute. Try again in a moment.")
                    .with("Retry-After", "60")
            case .nobodyAnswers: throw .unavailable("The gateway does not answer now. Try again in a moment.")
            }
        }
    }
}
