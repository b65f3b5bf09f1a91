internal import Base
internal import JSON

/// Tokens for consents. Discord, "Authorization Code Grant"; RFC 6749 section 5.
enum OAuthEndpoints {
    static let all: [Endpoint] =
        [
            Endpoint("POST", "/oauth2/token", needsToken: false, perform: token).limited(to: 20, in: 10),
            Endpoint("POST", "/oauth2/token/revoke", needsToken: false) { core, call throws(RESTReply) in
                let form = try client(core, call)
                if let token = form["token"] { core.oauth.revoke(token) }
                return RESTReply(JSONText.emptyObject)
            },
            Endpoint("GET", "/oauth2/@me", needsToken: true) { core, call throws(RESTReply) in
                guard let grant = call.grant else { throw RESTReply.unauthorized }
                let left = Int64((grant.endsAt - call.now.monotonic) / .milliseconds(1))
                let account = core.world.account(grant.user)
                let application = UserEndpoints.application(core)
                return RESTReply(
                    JSONText.object { writer in
                        writer.member("application", raw: application)
                        writer.member("scopes", raw: JSONText.array(grant.scopes.map { JSONText.string($0) }))
                        writer.member(
                            "expires",
                            Timestamp.text(unixMilliseconds: call.now.unixMilliseconds + left)
                        )
                        if let account { writer.member("user", raw: account.userJSON) }
                    }
                )
            }.open(to: "identify"),
        ]

    private static func failure(_ status: Int, _ error: String, _ description: String) -> RESTReply {
        RESTReply(
            JSONText.object { writer in
                writer.member("error", error)
                writer.member("error_description", description)
            },
            status: status
        )
    }

    /// The form of a client that named itself and its secret, by Basic or in the form.
    private static func client(_ core: GatewayCore, _ call: RESTCall) throws(RESTReply) -> [String: String] {
        guard call.header("content-type")?.lowercased().hasPrefix("application/x-www-form-urlencoded") == true
        else {
            throw failure(400, "invalid_request", "The body must be application/x-www-form-urlencoded.")
        }
        let form = call.urlForm()
        var (id, secret) = (form["client_id"], form["client_secret"])
        if let header = call.header("authorization"), header.lowercased().hasPrefix("basic ") {
            let pair =
                Base64.standard.decoded(header.utf8.dropFirst(6)).map { String(decoding: $0, as: UTF8.self) }
                ?? ""
            let parts = pair.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init
            )
            (id, secret) = (parts.first, parts.count > 1 ? parts[1] : nil)
        }
        guard id == core.oauth.client.id.description, core.oauth.client.secret.matches((secret ?? "").utf8)
        else {
            throw failure(401, "invalid_client", "The client's id or secret is wrong.")
        }
        return form
    }

    private static func token(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply {
        let form = try client(core, call)
        let now = call.now.monotonic
        let issued: OAuthDesk.Issued?
        switch form["grant_type"] {
        case "authorization_code":
            guard let code = form["code"] else { throw failure(400, "invalid_request", "Missing code.") }
            issued = core.oauth.exchange(code, redirect: form["redirect_uri"], now: now) { challenge in
                form["code_verifier"].map { PKCE.challenge($0) == challenge } ?? false
            }
        case "refresh_token":
            guard let token = form["refresh_token"] else {
                throw failure(400, "invalid_request", "Missing refresh_token.")
            }
            issued = core.oauth.refresh(token, now: now)
        default:
            throw failure(
                400,
                "unsupported_grant_type",
                "Grant type must be authorization_code or refresh_token."
            )
        }
        guard let issued else {
            throw failure(
                400,
                "invalid_grant",
                "Invalid \"code\", \"redirect_uri\" or \"refresh_token\" in request."
            )
        }
        return RESTReply(
            JSONText.object { writer in
                writer.member("token_type", "Bearer")
                writer.member("access_token", issued.access)
                writer.member("expires_in", issued.seconds)
                writer.member("refresh_token", issued.refresh)
                writer.member("scope", issued.scopes.joined(separator: " "))
            }
        )
    }
}
