import HTTPServer

/// `GET /auth/login` and `GET /auth/callback`: to Discord and back. They answer people, so with pages.
enum LoginEndpoint: APIEndpoint {
    static func operations(_ api: APIContext) -> [Operation] { [login(api), callback(api)] }

    private static func login(_ api: APIContext) -> Operation {
        Operation(
            "GET",
            "/auth/login",
            "logIn",
            tag: .access,
            "Log in: to Discord's page of consent, and then back",
            access: .anyone,
            parameters: [
                .query(
                    "return",
                    .string(0...4_096),
                    "Where to go afterwards: a path of this site, at most 512 bytes; anything else is /"
                )
            ],
            answers: [
                .empty(303, "To Discord, with a cookie that binds the login to this browser"),
                .content("text/html", "Login is not set up: what to do", status: 503),
            ]
        ) { call in
            api.login.begin(call.request, returningTo: call.text("return"), now: api.now / 1000)
        }
    }

    private static func callback(_ api: APIContext) -> Operation {
        Operation(
            "GET",
            "/auth/callback",
            "returnFromDiscord",
            tag: .access,
            "Back from Discord: gives the session's cookie",
            access: .anyone,
            parameters: [
                .query("state", .string(0...512), "As /auth/login gave it to Discord"),
                .query("code", .string(0...2_048), "To be exchanged, once"),
                .query("error", .string(0...256), "Why there is no code"),
                .query("error_description", .string(0...2_048), "The same for people; not read"),
            ],
            answers: [
                .empty(303, "Logged in; to where they were"),
                .content("text/html", "The login does not count: what to do", status: 400),
                .content("text/html", "Whoever was asked said no: what to do", status: 403),
                .content("text/html", "This user has logged in too often: when to come again", status: 429),
                .problem(429, "This address has asked too often"),
                .content("text/html", "Discord said no, or nonsense: what to do", status: 502),
                .content("text/html", "Not now: what to do", status: 503),
                .content("text/html", "Discord did not answer in time: what to do", status: 504),
            ]
        ) { call in
            let back = LoginFlow.Return(
                state: call.text("state"),
                code: call.text("code"),
                error: call.text("error")
            )
            return await api.login.finish(call.request, back, now: api.now / 1000)
        }
    }
}
