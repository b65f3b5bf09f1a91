internal import Base
internal import EventLoop
package import HTTPServer
internal import HTTPWire
internal import JSON
internal import WebSocketTransport

/// What answers on the simulator's main port.
extension Simulation {
    package nonisolated func publicRoutes() -> [Route] {
        var routes = Catalog.endpoints.flatMap { endpoint in
            // Discord documents its token addresses without a version.
            let isFree = endpoint.path.hasPrefix("/oauth2/token")
            return (["/api/{version}"] + (isFree ? ["/api"] : [])).map { base in
                Route(
                    method: endpoint.method,
                    pattern: base + endpoint.path,
                    handler: { request, parameters in
                        let fault = await self.fault(endpoint)
                        if case .delay(let wait) = fault { try? await Task.sleep(for: wait) }
                        let response = await self.answer(endpoint, request, parameters, fault)
                        if case .hold(let wait) = fault { try? await Task.sleep(for: wait) }
                        return response
                    }
                )
            }
        }
        routes += oauthRoutes()
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            routes.append(
                Route(method: method, pattern: "/api/*") { request, _ in
                    self.assumeIsolated { $0.finish(request, .notFound, authorized: false) }
                }
            )
        }
        routes.append(
            Route(method: "GET", pattern: "/") { request, _ in self.assumeIsolated { $0.connect(request) } }
        )
        for prefix in [
            "avatars", "embed", "icons", "guilds", "banners", "splashes", "role-icons", "app-icons", "emojis",
            "cdn",
        ] {
            routes.append(
                Route(method: "GET", pattern: "/\(prefix)/*") { request, _ in
                    self.assumeIsolated { $0.picture(request) }
                }
            )
        }
        return routes
    }

    private var isDown: Bool { core.isDownUntil.map { $0 > MonotonicClock.now() } ?? false }

    private func connect(_ request: HTTPRequest) -> HTTPResponse {
        guard !isDown else { return .text("upstream connect error", status: 503) }
        let encoding = request.head.queryItem("encoding") ?? "json"
        guard encoding == "json" else { return .text("only encoding=json is simulated", status: 400) }
        let named = request.head.queryItem("compress") ?? ""
        guard let mode = PayloadEncoder.Mode(rawValue: named.isEmpty ? "none" : named) else {
            return .text("unknown compress", status: 400)
        }
        let version = request.head.queryItem("v")
        var limits = WebSocketLimits.standard
        limits.messageBytesMax = 1 << 20
        limits.queuedBytesMax = 256 << 20
        return webSocketResponse(to: request, limits: limits) { connection in
            self.assumeIsolated { $0.accept(connection, version: version, mode: mode) }
        }
    }

    private func picture(_ request: HTTPRequest) -> HTTPResponse {
        guard !isDown else { return .text("upstream connect error", status: 503) }
        let path = request.path.hasPrefix("/cdn/") ? String(request.path.dropFirst(4)) : request.path
        let endings = [".png", ".jpg", ".jpeg", ".webp", ".gif"]
        guard path.utf8.count < 200, endings.contains(where: { path.hasSuffix($0) }),
            let png = avatars.picture(path)
        else { return .text("not found", status: 404) }
        return HTTPResponse(
            headers: [
                "Content-Type": "image/png", "Cache-Control": "public, max-age=86400",
                "Access-Control-Allow-Origin": "*",
            ],
            body: .bytes(png)
        )
    }

    private func fault(_ endpoint: Endpoint) -> RESTFaults.Action? {
        restFaults.take(endpoint.method, endpoint.path)
    }

    private func answer(
        _ endpoint: Endpoint,
        _ request: HTTPRequest,
        _ parameters: PathParameters,
        _ fault: RESTFaults.Action?
    ) -> HTTPResponse {
        if let wait = invalidRequests.banned(request.remoteAddress, now: now.monotonic) {
            invalidRequests.turnAway(request.remoteAddress)
            log(request, status: 429, authorized: false)
            return Self.ban(wait)
        }
        switch fault {
        case .answer(let status, let scope, let retryAfter):
            let reply =
                status == 429
                ? tooMany(.milliseconds(Int(retryAfter * 1000)), scope: scope)
                : RESTReply.error(status, 0, "\(status): a fault of the simulator")
            return finish(request, reply, authorized: true)
        case .drop(let isDone):
            if isDone { _ = done(endpoint, request, parameters) }
            return HTTPResponse(body: .detach { SocketIO.close($0.descriptor) })
        case .delay, .hold, nil: return done(endpoint, request, parameters)
        }
    }

    private func done(_ endpoint: Endpoint, _ request: HTTPRequest, _ parameters: PathParameters)
        -> HTTPResponse
    {
        guard ["v9", "v10"].contains(parameters["version"] ?? "v10") else {
            return finish(request, .error(400, 50041, "Invalid API version specified"), authorized: false)
        }
        guard !isDown else {
            return finish(request, .error(503, 0, "Service Unavailable"), authorized: false)
        }
        let authorized = isAuthorized(request)
        let grant = authorized ? nil : grant(request)
        if let grant, let scope = endpoint.scope, !grant.scopes.contains(scope) {
            return finish(request, .error(403, 50026, "Missing required OAuth2 scope"), authorized: true)
        }
        let isGranted = grant != nil && endpoint.scope != nil
        guard authorized || isGranted || !endpoint.needsToken else {
            return finish(request, .unauthorized, authorized: false)
        }
        let now = now
        let asker = authorized ? "bot" : grant.map { "user \($0.user)" } ?? request.remoteAddress
        if !endpoint.isExempt, let wait = rateLimits.takeGlobally(of: asker, now: now) {
            return finish(request, tooMany(wait, scope: "global"), authorized: authorized)
        }
        var headers: [(String, String)] = []
        if let limit = endpoint.limit {
            let bucket = bucketName(endpoint)
            let key = bucket + major(parameters) + (grant.map { " \($0.user)" } ?? "")
            switch rateLimits.take(key, limit, now: now) {
            case .admitted(let state): headers = rateHeaders(state, bucket, now)
            case .exceeded(let state):
                var reply = tooMany(state.nextAt - now.monotonic, scope: "user")
                reply.headers += rateHeaders(state, bucket, now)
                return finish(request, reply, authorized: authorized)
            }
        }
        let call = RESTCall(request: request, parameters: parameters, now: now, grant: grant)
        var reply: RESTReply
        do { reply = try endpoint.perform(&core, call) } catch { reply = error }
        flush()
        reply.headers += headers
        return finish(request, reply, authorized: authorized || grant != nil)
    }

    /// Discord's top-level parameters.
    private func major(_ parameters: PathParameters) -> String {
        if let channel = parameters["channel"] { return channel }
        if let webhook = parameters["webhook"] { return webhook + "/" + (parameters["token"] ?? "") }
        return parameters["guild"] ?? ""
    }

    /// What Cloudflare says to a banned address: no JSON.
    private static func ban(_ wait: Duration) -> HTTPResponse {
        let page = "<!DOCTYPE html>\n<html><head><title>Access denied</title></head><body><h1>Error 1015</h1>"
        let seconds = String(Int((wait / .seconds(1)).rounded(.up)))
        return HTTPResponse.text(
            page + "<p>You are being rate limited.</p></body></html>\n",
            status: 429,
            contentType: "text/html; charset=UTF-8"
        ).with("Retry-After", seconds).with("Server", "cloudflare")
    }

    private func isAuthorized(_ request: HTTPRequest) -> Bool {
        guard let header = request.headers["authorization"], header.hasPrefix("Bot ") else { return false }
        return core.rules.token.matches(header.utf8.dropFirst(4))
    }

    /// Of an access token that holds.
    private func grant(_ request: HTTPRequest) -> OAuthGrant? {
        guard let header = request.headers["authorization"], header.hasPrefix("Bearer ") else { return nil }
        return core.oauth.grant(String(header.dropFirst(7)), now: now.monotonic)
    }

    private func log(_ request: HTTPRequest, status: Int, authorized: Bool) {
        let isJSON = request.body.count <= 65_536 && (try? JSONDocument(parsing: request.body)) != nil
        restLog.append(
            RESTLog.Entry(
                unixMicroseconds: now.unixMicroseconds,
                method: request.method,
                target: request.head.target,
                status: status,
                authorized: authorized,
                body: isJSON ? request.body : nil
            )
        )
    }

    private func finish(_ request: HTTPRequest, _ reply: RESTReply, authorized: Bool) -> HTTPResponse {
        log(request, status: reply.status, authorized: authorized)
        let isShared = reply.headers.contains { $0 == ("X-RateLimit-Scope", "shared") }
        if [401, 403].contains(reply.status) || (reply.status == 429 && !isShared) {
            invalidRequests.note(request.remoteAddress, now: now.monotonic)
        }
        var headers: HTTPHeaders = [:]
        if !reply.body.isEmpty { headers.add("Content-Type", "application/json") }
        for (name, value) in reply.headers { headers.add(name, value) }
        return HTTPResponse(
            status: reply.status,
            headers: headers,
            body: reply.body.isEmpty ? .empty : .bytes(reply.body)
        )
    }

    private func bucketName(_ endpoint: Endpoint) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in (endpoint.bucket ?? endpoint.method + endpoint.path).utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        return String(hash, radix: 16)
    }

    private func rateHeaders(_ bucket: RateLimits.Bucket, _ name: String, _ now: Instant) -> [(
        String, String
    )] {
        [
            ("X-RateLimit-Limit", String(bucket.limit)), ("X-RateLimit-Remaining", String(bucket.remaining)),
            ("X-RateLimit-Reset", String(Double(bucket.resetUnixMilliseconds) / 1000)),
            ("X-RateLimit-Reset-After", seconds(bucket.resetAt - now.monotonic)),
            ("X-RateLimit-Bucket", name),
        ]
    }

    private func tooMany(_ wait: Duration, scope: String) -> RESTReply {
        var reply = RESTReply(
            JSONText.object { writer in
                writer.member("message", "You are being rate limited.")
                writer.member("retry_after", Double((wait / .milliseconds(1)).rounded(.up)) / 1000)
                writer.member("global", scope == "global")
            },
            status: 429
        )
        reply.headers = [("Retry-After", String(Int((wait / .seconds(1)).rounded(.up))))]
        reply.headers.append(("X-RateLimit-Scope", scope))
        if scope == "global" { reply.headers.append(("X-RateLimit-Global", "true")) }
        // Without it discord.py takes the answer for one of Cloudflare, which bans.
        reply.headers.append(("Via", "1.1 google"))
        return reply
    }

    private func seconds(_ wait: Duration) -> String {
        String(Double((wait / .milliseconds(1)).rounded(.up)) / 1000)
    }
}
