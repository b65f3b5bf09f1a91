import HTTPServer
import HTTPWire

/// `GET /api/system` and `GET /api/setup`: how the instance is, and what it lacks.
enum SystemEndpoint: APIEndpoint {
    static func operations(_ api: APIContext) -> [Operation] { [system(api), setup(api)] }

    private static func system(_ api: APIContext) -> Operation {
        Operation(
            "GET",
            "/api/system",
            "system",
            tag: .operations,
            "Services, shards, how long events take, and what is wrong; details for who manages a guild or owns the instance",
            access: .maybe,
            answers: [.json(.named("System"), "As it was within the last second"), loggedOut]
        ) { call throws(Problem) in
            let detailed = try await seesDetails(call, api)
            return .json(SystemPicture(await api.system.facts()).encoded(detailed: detailed))
        }
    }

    private static func setup(_ api: APIContext) -> Operation {
        Operation(
            "GET",
            "/api/setup",
            "setup",
            tag: .operations,
            "The steps of the first run, each looked at now, and the link that invites the bot; for anyone until the bot is in a guild",
            access: .maybe,
            answers: [.json(.named("Setup"), "As it was within the last second"), loggedOut]
        ) { call throws(Problem) in
            let facts = await api.system.facts()
            if facts.hasGuild {
                guard try await seesDetails(call, api) else {
                    throw .forbidden("This is for who manages a guild of the bot's, or owns the instance.")
                }
            }
            return .json(SetupSteps(facts, settings(call, api.config)).encoded())
        }
    }

    private static let loggedOut = Operation.Answer.problem(
        401,
        "Nobody is logged in, and the replica is not open"
    )

    /// Throws 401 for who is nobody. With `WEB_ACCESS=open`, which is for this machine alone, everybody sees all.
    private static func seesDetails(_ call: APICall, _ api: APIContext) async throws(Problem) -> Bool {
        if api.config.access == .open { return true }
        guard let session = call.caller.session else { throw Problem(401, SessionRefusal.missing.detail) }
        if api.config.instanceOwners.contains(session.user) { return true }
        return await api.system.managesAnyGuild(session)
    }

    private static func settings(_ call: APICall, _ config: WebConfig) -> SetupSettings {
        SetupSettings(
            clientID: config.oauth?.clientID,
            authorizeURL: config.oauth?.authorizeURL ?? SetupSettings.discord,
            publicURL: config.publicURL,
            host: call.request.headers["host"],
            isOpen: config.access == .open
        )
    }
}
