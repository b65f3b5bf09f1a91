internal import Base
internal import HTTPServer
internal import HTTPWire
internal import JSON

/// The pages that a browser sees, on the main port.
extension Simulation {
    nonisolated func oauthRoutes() -> [Route] {
        [
            Route(method: "GET", pattern: "/oauth2/authorize") { request, _ in
                self.assumeIsolated { $0.askConsent(request) }
            },
            Route(method: "POST", pattern: "/oauth2/authorize") { request, _ in
                self.assumeIsolated { $0.takeConsent(request) }
            },
        ]
    }

    private func askConsent(_ request: HTTPRequest) -> HTTPResponse {
        do {
            let asked = try OAuthRequest({ request.head.queryItem($0) }, core.oauth.client)
            return Self.html(OAuthPage.consent(asked, roles: OAuthPage.roles(core.world)))
        } catch { return Self.refusal(error) }
    }

    private func takeConsent(_ request: HTTPRequest) -> HTTPResponse {
        let form = FormBody.urlEncoded(request.body)
        do {
            let asked = try OAuthRequest({ form[$0] }, core.oauth.client)
            guard form["decision"] == "authorize" else {
                throw OAuthRequest.Problem.sentBack(
                    redirect: asked.redirect,
                    state: asked.state,
                    error: "access_denied",
                    description: "The resource owner or authorization server denied the request"
                )
            }
            guard let user = form["user"].flatMap({ Snowflake($0) }), core.world.account(user) != nil else {
                throw OAuthRequest.Problem.page("Nobody is known by this id.")
            }
            let code = core.oauth.consent(
                user,
                asked.scopes,
                redirect: asked.redirect,
                challenge: asked.challenge,
                now: now.monotonic
            )
            return .redirect(
                to: OAuthRequest.address(asked.redirect, [("code", code), ("state", asked.state)])
            )
        } catch let problem as OAuthRequest.Problem {
            return Self.refusal(problem)
        } catch { return Self.html(OAuthPage.problem("The request cannot be understood."), status: 400) }
    }

    private static func refusal(_ problem: OAuthRequest.Problem) -> HTTPResponse {
        switch problem {
        case .page(let text): return html(OAuthPage.problem(text), status: 400)
        case .sentBack(let redirect, let state, let error, let description):
            let items = [("error", error), ("error_description", description), ("state", state)]
            return .redirect(to: OAuthRequest.address(redirect, items))
        }
    }

    private static func html(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse.text(text, status: status, contentType: "text/html; charset=utf-8")
            .with(
                "Content-Security-Policy",
                "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
            )
            .with("Cache-Control", "no-store")
    }

    /// `{"owner","moderator","member","stranger"}`: the ids that the page of consent offers.
    func controlPeople() -> HTTPResponse {
        let roles = OAuthPage.roles(core.world)
        return .json(
            JSONText.object { writer in
                for role in roles { writer.member(role.name, role.user) }
            }
        )
    }
}

extension OAuthPage {
    /// Of the first guild: its owner, a moderator, a member who is neither; and somebody of no guild.
    static func roles(_ world: World) -> [Role] {
        var roles: [Role] = []
        if let guild = world.guilds.first {
            let names = GuildPlan.ranks(guild)
            let people = guild.members.values.filter { !$0.isBot && $0.id != guild.ownerID }
            func add(_ name: String, _ member: Member?, _ about: String) {
                guard let member else { return }
                roles.append(Role(name: name, user: member.id, shown: member.displayName, about: about))
            }
            add("owner", guild.ownerID.flatMap { guild.members[$0] }, "of \(guild.name)")
            add(
                "moderator",
                people.first { $0.roles.contains(names.moderator) && !$0.roles.contains(names.admin) },
                "in \(guild.name)"
            )
            add(
                "member",
                people.first {
                    $0.roles.contains(names.member)
                        && guild.permissions(of: $0.id).isDisjoint(with: .managing)
                },
                "of \(guild.name)"
            )
        }
        let stranger = world.stranger
        roles.append(
            Role(name: "stranger", user: stranger.id, shown: stranger.displayName, about: "in no guild")
        )
        return roles
    }
}

extension Permissions {
    /// Any of these makes more than a member.
    fileprivate static let managing: Permissions = [
        .administrator, .manageGuild, .kickMembers, .banMembers, .manageMessages, .manageRoles,
        .manageChannels,
    ]
}
