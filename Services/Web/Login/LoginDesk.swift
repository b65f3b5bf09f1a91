package import Base
import EventLoop
package import HTTPClient
package import HTTPServer
package import HTTPWire
package import RedisClient
package import Telemetry

/// Logs people in and out: the flow's decisions carried out, with Discord, the sessions' book and the revoked sessions.
package final class LoginDesk: Sendable {
    /// Tokens that are being given back at once; more are left to expire.
    package static let revocationsMax = 64

    private struct SetUp: Sendable {
        let flow: LoginFlow
        let discord: DiscordOAuth
    }

    private let setUp: SetUp?
    private let states: UsedStates
    package let book: SessionBook
    private let keys: SessionKeys
    private let revocations: RevocationKeeper
    private let limits: Limits
    private let publicURL: String
    private let isSecure: Bool
    private let metrics: LoginMetrics
    private let log: Log
    private let revoking = Locked(0)

    package init(
        _ config: WebConfig,
        keys: SessionKeys,
        revocations: RevocationKeeper,
        limits: Limits,
        redis: RedisClient?,
        http: any HTTPClient,
        metrics: Metrics,
        log: Log
    ) {
        publicURL = config.publicURL
        isSecure = config.publicURL.hasPrefix("https://")
        let cookies = LoginCookies(config.sessionSecrets, isSecure: isSecure)
        setUp = config.oauth.map { oauth in
            let flow = LoginFlow(
                cookies: cookies,
                authorizeURL: oauth.authorizeURL,
                clientID: oauth.clientID,
                publicURL: config.publicURL
            )
            return SetUp(flow: flow, discord: DiscordOAuth(oauth, redirectURI: flow.redirectURI, http: http))
        }
        states = UsedStates(redis)
        book = SessionBook(redis)
        self.keys = keys
        self.revocations = revocations
        self.limits = limits
        self.metrics = LoginMetrics(metrics)
        self.log = log
    }

    package var canLogIn: Bool { setUp != nil }

    // MARK: There and back

    /// To Discord's page of consent. `now` is in Unix seconds, as everywhere here.
    package func begin(_ request: HTTPRequest, returningTo path: String?, now: Int64) -> HTTPResponse {
        guard let setUp else { return notSetUp }
        metrics.count(.begun)
        let attempt = LoginAttempt.begin(returningTo: path, now: now)
        let beginning = setUp.flow.begin(attempt, in: request.headers)
        return beginning.cookies.reduce(.redirect(to: beginning.location)) { $0.with("Set-Cookie", $1) }
    }

    /// What Discord sent back: a session, or a page that says what to do.
    package func finish(_ request: HTTPRequest, _ back: LoginFlow.Return, now: Int64) async -> HTTPResponse {
        guard let setUp else { return notSetUp }
        let outcome = setUp.flow.outcome(of: back, in: request.headers, now: now)
        guard case .exchange(let attempt, let code) = outcome else {
            let stop = Stop(outcome)
            return answer(stop, setUp.flow, stop.attempt)
        }
        do throws(Stop) {
            let user = try await identify(attempt, code, setUp.discord, now: now)
            try await count(user.id)
            let session = Session.begin(user.id, id: RandomSource.hex(16), now: now)
            try await enter(session, user, request, now: now)
            metrics.count(.done)
            return HTTPResponse.redirect(to: attempt.returnPath)
                .with("Set-Cookie", setting(session, now: now))
                .with("Set-Cookie", setUp.flow.cookies.removal(LoginCookies.name(attempt.state)))
        } catch {
            return answer(error, setUp.flow, attempt)
        }
    }

    /// Who it is, of a code that counts once.
    private func identify(_ attempt: LoginAttempt, _ code: String, _ discord: DiscordOAuth, now: Int64)
        async throws(Stop) -> DiscordOAuth.User
    {
        let isFirst: Bool
        do throws(RedisError) { isFirst = try await states.use(attempt.state, now: now) } catch {
            throw .noStore(error)
        }
        guard isFirst else { throw .refused(.replayed) }
        do throws(DiscordOAuth.Failure) {
            let token = try await discord.exchange(code, verifier: attempt.verifier)
            // Whatever comes of it, the token has done its work then.
            defer { giveBack(token, discord) }
            return try await discord.user(token)
        } catch {
            throw .discord(error)
        }
    }

    /// Each login may end a session, which is remembered for 30 days: nobody fills the list of those by themselves.
    private func count(_ user: Snowflake) async throws(Stop) {
        let counter = LimitCounter("u:\(user)", LimitFigures.userLoginPolicy)
        let answer = await limits.take([counter])
        if answer.refused != nil { throw .tooOften(retryAfter: answer.retryAfter) }
    }

    /// Writes the session down, and ends the one that this browser had.
    private func enter(_ session: Session, _ user: DiscordOAuth.User, _ request: HTTPRequest, now: Int64)
        async throws(Stop)
    {
        let record = SessionRecord(
            session,
            name: user.name,
            avatar: user.avatar,
            seen: now,
            agent: request.headers["user-agent"] ?? ""
        )
        do throws(RedisError) {
            let surplus = try await book.keep(record, now: now)
            try await end(surplus, of: session.user, lastExpiry: now + Session.lifetimeMax)
            if let older = self.session(in: request.headers, now: now) {
                try await end([older.id], of: older.user, lastExpiry: older.lastExpiry)
            }
        } catch {
            throw .noStore(error)
        }
    }

    /// Best effort, and nobody waits for it: a token that is not given back ends by itself.
    private func giveBack(_ token: Secret, _ discord: DiscordOAuth) {
        let isRoom = revoking.withLock { count in
            guard count < Self.revocationsMax else { return false }
            count += 1
            return true
        }
        guard isRoom else { return metrics.count(revocation: .skipped) }
        // Outside of the request's task: its answer is not held up, and its end does not cancel this.
        Task {
            metrics.count(revocation: await discord.revoke(token) ? .done : .failed)
            revoking.withLock { $0 -= 1 }
        }
    }

    // MARK: Sessions

    /// The signed session that a request shows, revoked or not; nil where it shows none.
    package func session(in headers: HTTPHeaders, now: Int64) -> Session? {
        do throws(SessionRefusal) {
            return try SessionCookie.value(in: headers).map { cookie throws(SessionRefusal) in
                try keys.session(cookie, now: now)
            }
        } catch {
            return nil
        }
    }

    package func setting(_ session: Session, now: Int64) -> String {
        SessionCookie.setting(keys.mint(session), seconds: session.expires - now, isSecure: isSecure)
    }

    /// Ends sessions everywhere, with their streams; throws where Redis cannot be told: then they are ended at this replica alone.
    package func end(_ ids: [String], of user: Snowflake, lastExpiry: Int64) async throws(RedisError) {
        try await revocations.revoke(ids.map { RevocationList.Entry(id: $0, expires: lastExpiry) })
        try await book.remove(ids, of: user)
    }

    // MARK: Pages

    private func answer(_ stop: Stop, _ flow: LoginFlow, _ attempt: LoginAttempt?) -> HTTPResponse {
        metrics.count(stop.outcome)
        if let words = stop.logged { log.warning("a login failed", [.reason: .string(words)]) }
        let again =
            "\(publicURL)/auth/login?return=\(FormText.encoded(attempt?.returnPath ?? ReturnPath.front))"
        let page = LoginPage(
            status: stop.status,
            title: stop.title,
            text: stop.text,
            action: (again, "Log in again")
        )
        var response = page.response
        if let seconds = stop.retryAfter { response = response.with("Retry-After", String(seconds)) }
        guard let attempt else { return response }
        return response.with("Set-Cookie", flow.cookies.removal(LoginCookies.name(attempt.state)))
    }

    private var notSetUp: HTTPResponse {
        LoginPage(
            status: 503,
            title: "Nobody can log in yet",
            text:
                "Whoever runs this site has to set DISCORD_CLIENT_ID and DISCORD_CLIENT_SECRET at the web service.",
            action: ("/", "To the front page")
        ).response.with("Retry-After", "60")
    }
}
