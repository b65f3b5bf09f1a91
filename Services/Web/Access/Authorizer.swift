package import Base
package import HTTPWire
import Telemetry

/// Says who a request is from, and whether they may look.
package struct Authorizer: Sendable {
    package enum Answer: Sendable, Equatable {
        case allowed(Ticket)
        /// 401.
        case refused(SessionRefusal)
        /// Nobody can say now whether the session was revoked: come again.
        case unknown
    }

    /// Who a request of the API is from.
    package enum Found: Sendable, Equatable {
        case found(Caller)
        case refused(SessionRefusal)
        case unknown
    }

    private let access: WebConfig.Access
    private let keys: SessionKeys
    private let revocations: Locked<RevocationList>
    private let metrics: AccessMetrics

    package init(
        access: WebConfig.Access,
        keys: SessionKeys,
        revocations: Locked<RevocationList>,
        metrics: AccessMetrics
    ) {
        self.access = access
        self.keys = keys
        self.revocations = revocations
        self.metrics = metrics
    }

    /// A session counts in open mode too, and one that is refused is refused there as well: who says who they are is not
    /// quietly taken for nobody. `now` is monotonic.
    package func authorize(_ headers: HTTPHeaders, now: Duration, unixSeconds: Int64) -> Answer {
        let answer = answer(headers, now: now, unixSeconds: unixSeconds)
        switch answer {
        case .allowed: break
        case .refused(let refusal): metrics.count(refusal)
        case .unknown: metrics.unchecked.increment()
        }
        return answer
    }

    private func answer(_ headers: HTTPHeaders, now: Duration, unixSeconds: Int64) -> Answer {
        switch found(headers, now: now, unixSeconds: unixSeconds) {
        case .found(.nobody): return access == .open ? .allowed(.open) : .refused(.missing)
        case .found(.session(let session)):
            let ticket = Ticket(
                subject: .user(session.user),
                session: session.id,
                expires: session.expires * 1000
            )
            return .allowed(ticket)
        case .found(.key): return .refused(.malformed)
        case .refused(let refusal): return .refused(refusal)
        case .unknown: return .unknown
        }
    }

    /// Who calls. `nobody` shows nothing; whether that is enough is the caller's to say. `now` is monotonic.
    package func caller(_ headers: HTTPHeaders, now: Duration, unixSeconds: Int64) -> Found {
        let found = found(headers, now: now, unixSeconds: unixSeconds)
        switch found {
        case .found: break
        case .refused(let refusal): metrics.count(refusal)
        case .unknown: metrics.unchecked.increment()
        }
        return found
    }

    private func found(_ headers: HTTPHeaders, now: Duration, unixSeconds: Int64) -> Found {
        do throws(SessionRefusal) {
            guard let cookie = try SessionCookie.value(in: headers) else { return .found(.nobody) }
            let session = try keys.session(cookie, now: unixSeconds)
            switch revocations.withLock({ $0.standing(of: session.id, now: now) }) {
            case .revoked: return .refused(.revoked)
            case .unknown: return .unknown
            case .valid: return .found(.session(session))
            }
        } catch {
            return .refused(error)
        }
    }

    /// Whether what was allowed a moment ago still is.
    package func stillAllows(_ ticket: Ticket, now: Duration) -> Bool {
        guard let session = ticket.session else { return true }
        return revocations.withLock { $0.standing(of: session, now: now) } == .valid
    }
}
