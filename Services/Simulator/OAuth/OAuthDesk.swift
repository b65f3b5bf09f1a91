package import Base

/// Codes and tokens that the simulated authorization server gave out. At most 1,000 of each; the oldest give way.
package struct OAuthDesk: Sendable {
    package struct Client: Sendable {
        package var id: Snowflake
        package var secret: Secret
        /// Addresses that may be sent back to; none: any.
        package var redirects: [String]

        package init(id: Snowflake, secret: Secret, redirects: [String]) {
            (self.id, self.secret, self.redirects) = (id, secret, redirects)
        }
    }

    /// A consent that waits to be exchanged, once, within a minute.
    private struct Code: Sendable {
        let code: String
        let grant: OAuthGrant
        let redirect: String
        /// PKCE: `S256` of what comes with the exchange; nil where none was given.
        let challenge: String?
    }

    private struct Token: Sendable {
        /// All tokens of one consent end together.
        let family: Int
        let access: String
        let refresh: String
        let grant: OAuthGrant
    }

    package struct Issued: Sendable {
        package let access: String
        package let refresh: String
        package let scopes: [String]
        package let seconds: Int
    }

    package let client: Client
    private let life: Duration
    private var codes: [Code] = []
    private var tokens: [Token] = []
    private var families = 0
    private var random: SeededRandom

    package init(client: Client, tokenLife: Duration, seed: UInt64) {
        self.client = client
        life = tokenLife
        random = SeededRandom(seed: seed)
    }

    private mutating func newText() -> String {
        (0..<3).map { _ in String(random.next(), radix: 36) }.joined()
    }

    /// The grant of an access token that holds.
    package func grant(_ access: String, now: Duration) -> OAuthGrant? {
        tokens.first { $0.access == access && $0.grant.endsAt > now }?.grant
    }

    package mutating func consent(
        _ user: Snowflake,
        _ scopes: [String],
        redirect: String,
        challenge: String?,
        now: Duration
    ) -> String {
        if codes.count >= 1000 { codes.removeFirst() }
        let code = newText()
        let grant = OAuthGrant(user: user, scopes: scopes, endsAt: now + .seconds(60))
        codes.append(Code(code: code, grant: grant, redirect: redirect, challenge: challenge))
        return code
    }

    /// `verify` says whether what came with the exchange answers the challenge. Nil: invalid_grant.
    package mutating func exchange(
        _ code: String,
        redirect: String?,
        now: Duration,
        verify: (String) -> Bool
    ) -> Issued? {
        guard let index = codes.firstIndex(where: { $0.code == code }) else { return nil }
        // Once, also where the rest is wrong.
        let held = codes.remove(at: index)
        guard held.grant.endsAt > now, held.redirect == redirect, held.challenge.map(verify) ?? true else {
            return nil
        }
        families += 1
        return issue(held.grant.user, held.grant.scopes, families, now)
    }

    private mutating func issue(_ user: Snowflake, _ scopes: [String], _ family: Int, _ now: Duration)
        -> Issued
    {
        if tokens.count >= 1000 { tokens.removeFirst() }
        let grant = OAuthGrant(user: user, scopes: scopes, endsAt: now + life)
        let token = Token(family: family, access: newText(), refresh: newText(), grant: grant)
        tokens.append(token)
        return Issued(
            access: token.access,
            refresh: token.refresh,
            scopes: scopes,
            seconds: Int(life / .seconds(1))
        )
    }

    /// New tokens for old ones, which end. Nil: invalid_grant.
    package mutating func refresh(_ refresh: String, now: Duration) -> Issued? {
        guard let index = tokens.firstIndex(where: { $0.refresh == refresh }) else { return nil }
        let old = tokens.remove(at: index)
        return issue(old.grant.user, old.grant.scopes, old.family, now)
    }

    /// Every token of the consent that this access or refresh token is of.
    package mutating func revoke(_ token: String) {
        guard let family = tokens.first(where: { $0.access == token || $0.refresh == token })?.family else {
            return
        }
        tokens.removeAll { $0.family == family }
    }
}
