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
            let viewer = try viewer(call, api)
            // Both at once: a gateway that hangs answers neither.
            async let facts = api.system.facts()
            let detailed = await seesDetails(viewer, api)
            return .json(SystemPicture(await facts).encoded(detailed: detailed))
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
                guard await seesDetails(try viewer(call, api), api) else {
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

    /// Throws 401 for who is nobody. Nil with `WEB_ACCESS=open`, which is for this machine alone: everybody sees all.
    private static func viewer(_ call: APICall, _ api: APIContext) throws(Problem) -> Session? {
        if api.config.access == .open { return nil }
        guard let session = call.caller.session else { throw Problem(401, SessionRefusal.missing.detail) }
        return session
    }

    private static func seesDetails(_ viewer: Session?, _ api: APIContext) async -> Bool {
        guard let session = viewer else { return true }
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
