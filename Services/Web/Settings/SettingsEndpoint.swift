import Base
import EventModels
import HTTPServer
import JSON
import LinkProtocol
import PostgresClient

/// `/api/guilds/{guild}/settings`.
enum SettingsEndpoint: APIEndpoint {
    static func operations(_ api: APIContext) -> [Operation] { [get(api), put(api)] }

    private static let guild = Operation.Parameter.path("guild", .snowflake, "The guild's id")

    private static func get(_ api: APIContext) -> Operation {
        Operation(
            "GET",
            "/api/guilds/{guild}/settings",
            "settings",
            tag: .settings,
            "The guild's settings; the defaults where nobody has changed any",
            access: .scope(.settingsRead),
            parameters: [guild],
            answers: [.json(.named("Settings"), "With an ETag for If-Match")]
        ) { call throws(Problem) in
            let guild = try call.id("guild")
            _ = try await api.desk.manage(guild, as: call.user(), now: api.now)
            let store = SettingsStore(try api.stored())
            let held = try await asked { () throws(PostgresError) in try await store.settings(of: guild) }
            return answer(held?.settings ?? .standard, version: held?.version ?? 0)
        }
    }

    private static func put(_ api: APIContext) -> Operation {
        Operation(
            "PUT",
            "/api/guilds/{guild}/settings",
            "setSettings",
            tag: .settings,
            "Replaces the guild's settings, where they are still those of the ETag",
            access: .session,
            parameters: [guild, .header("If-Match", .string(1...64), "The ETag of what is replaced")],
            body: .named("Settings"),
            answers: [
                .json(.named("Settings"), "As they are now; replicas and workers hear of it by the log"),
                .problem(412, "Somebody else has changed them since"),
                .problem(428, "If-Match is missing"),
            ]
        ) { call throws(Problem) in
            let (guild, user) = (try call.id("guild"), try call.user())
            _ = try await api.desk.manage(guild, as: user, now: api.now)
            guard let tag = call.text("If-Match") else {
                throw Problem(
                    428,
                    "Say which settings are replaced: send If-Match with the ETag that GET gave."
                )
            }
            let settings = try settings(call.body)
            let database = try api.stored()
            let store = SettingsStore(database)
            let isZone = try await asked { () throws(PostgresError) in
                try await store.hasTimeZone(settings.timeZone)
            }
            guard isZone else { throw .invalid("timeZone is no zone that is known.") }
            guard let expected = version(of: tag) else { throw changedSince }
            let version = try await changed(database) { session in
                let made = try await SettingsStore.replace(
                    settings,
                    of: guild,
                    expecting: expected,
                    by: user,
                    in: session
                )
                guard let made else { throw changedSince }
                try await api.audit.changed(change(settings, of: guild, made), by: call, in: session)
                return made
            }
            api.settings.changed()
            return answer(settings, version: version)
        }
    }

    private static let changedSince = Problem(
        412,
        "Somebody else has changed the settings since. Load them again."
    )

    /// For the audit log, which more people read than manage the guild's words.
    private static func change(_ settings: GuildSettings, of guild: Snowflake, _ version: Int64)
        -> AuditChange
    {
        let facts: [(StaticString, AuditChange.Fact)] = [
            ("version", .number(version)), ("history", .flag(settings.history)),
            ("retentionDays", settings.retentionDays.map { .number(Int64($0)) } ?? .text("the instance's")),
            ("timeZone", .text(settings.timeZone)),
        ]
        return AuditChange("setSettings", guild: guild, detail: facts)
    }

    /// What the table of shapes does not say.
    private static func settings(_ body: JSONValue?) throws(Problem) -> GuildSettings {
        guard let words = body?["badWords"]?.array,
            words.allSatisfy({ $0.string.map(GuildSettings.isBadWord) == true })
        else { throw .invalid("badWords must not be blank, and hold no control characters.") }
        guard let zone = body?["timeZone"]?.string, GuildSettings.isTimeZone(zone) else {
            throw .invalid("timeZone must be UTC, or a name such as Europe/Berlin.")
        }
        guard let settings = GuildSettings(body) else { throw .invalid("These are no settings.") }
        let payload = NumberedSettings(version: .max, settings: settings).payload(by: Snowflake(.max))
        guard payload.count < LinkOrder.payloadBytesMax else {
            throw .invalid("The settings are too long together: fewer channels or words.")
        }
        return settings
    }

    /// `"<version>"`.
    private static func version(of tag: String) -> Int64? {
        guard tag.hasPrefix("\""), tag.hasSuffix("\""), tag.utf8.count > 2 else { return nil }
        let digits = tag.dropFirst().dropLast()
        guard let version = Int64(digits), version >= 0, String(version) == digits else { return nil }
        return version
    }

    private static func answer(_ settings: GuildSettings, version: Int64) -> HTTPResponse {
        HTTPResponse.json(settings.encoded()).with("ETag", "\"\(version)\"")
    }

    private static func asked<Answer>(_ question: () async throws(PostgresError) -> Answer)
        async throws(Problem) -> Answer
    {
        do throws(PostgresError) { return try await question() } catch { throw problem(error) }
    }

    /// In a transaction. A problem that `body` throws undoes all it did.
    private static func changed<Answer: Sendable>(
        _ database: PostgresClient,
        _ body: (PostgresConnection) async throws -> Answer
    ) async throws(Problem) -> Answer {
        do { return try await database.transaction(body) } catch let error as Problem {
            throw error
        } catch let error as PostgresError {
            throw problem(error)
        } catch {
            throw .unavailable("The database does not answer now. Try again in a moment.")
        }
    }

    private static func problem(_ error: PostgresError) -> Problem {
        if case .server(let server) = error, server.sqlState == "42P01" {
            return .unavailable(
                "The database has no tables yet: the analytics service makes them when it starts."
            )
        }
        return .unavailable("The database does not answer now. Try again in a moment.")
    }
}
