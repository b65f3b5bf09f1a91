package import Base
package import HTTPWire
import Telemetry

/// Says who a request is from, and whether they may look. Asks nobody: what is signed says who, and what was revoked is known.
package struct Authorizer: Sendable {
    package enum Answer: Sendable, Equatable {
        case allowed(Ticket)
        /// 401.
        case refused(AccessRefusal)
        /// Nobody can say now whether the session or key was revoked: come again.
        case unknown
    }

    /// Who a request of the API is from.
    package enum Found: Sendable, Equatable {
        case found(Caller)
        case refused(AccessRefusal)
        case unknown
    }

    private let access: WebConfig.Access
    private let keys: SessionKeys
    private let signer: KeySigner
    private let revocations: Locked<RevocationList>
    private let usage: KeyUsage?
    private let metrics: AccessMetrics

    /// `usage` counts what keys ask for.
    package init(
        access: WebConfig.Access,
        keys: SessionKeys,
        signer: KeySigner,
        revocations: Locked<RevocationList>,
        usage: KeyUsage? = nil,
        metrics: AccessMetrics
    ) {
        self.access = access
        self.keys = keys
        self.signer = signer
        self.revocations = revocations
        self.usage = usage
        self.metrics = metrics
    }

    // MARK: Streams

    /// Whether a stream may be opened; a key may stand in its address. A session or key counts in open mode too, and one
    /// that is refused is refused there as well: who says who they are is not quietly taken for nobody. `now` is monotonic.
    package func authorize(_ head: HTTPRequestHead, now: Duration, unixSeconds: Int64) -> Answer {
        let found: Found
        do throws(AccessRefusal) {
            found = try self.found(
                head.headers,
                key: try Self.key { () throws(KeyRefusal) in try KeyToken.value(in: head, isInQuery: true) },
                now: now,
                unixSeconds: unixSeconds
            )
        } catch {
            found = .refused(error)
        }
        count(found, unixSeconds)
        return answer(found)
    }

    private func answer(_ found: Found) -> Answer {
        switch found {
        case .found(.nobody):
            guard access == .open else {
                metrics.count(.missing)
                return .refused(.missing)
            }
            return .allowed(.open)
        case .found(.session(let session)):
            let ticket = Ticket(
                subject: .user(session.user),
                session: session.id,
                expires: session.expires * 1000
            )
            return .allowed(ticket)
        case .found(.key(let key)):
            let ticket = Ticket(
                subject: .user(key.maker),
                session: key.id,
                expires: key.expires * 1000,
                key: key
            )
            return .allowed(ticket)
        case .refused(let refusal): return .refused(refusal)
        case .unknown: return .unknown
        }
    }

    // MARK: The API

    /// Who calls. `nobody` shows nothing; whether that is enough is the caller's to say. A key counts in its header alone,
    /// since addresses are written down in many places. `now` is monotonic.
    package func caller(_ headers: HTTPHeaders, now: Duration, unixSeconds: Int64) -> Found {
        let found: Found
        do throws(AccessRefusal) {
            found = try self.found(
                headers,
                key: try Self.key { () throws(KeyRefusal) in try KeyToken.value(in: headers) },
                now: now,
                unixSeconds: unixSeconds
            )
        } catch {
            found = .refused(error)
        }
        count(found, unixSeconds)
        return found
    }

    private func count(_ found: Found, _ unixSeconds: Int64) {
        switch found {
        case .found(.key(let key)): usage?.count(key.id, unixSeconds: unixSeconds)
        case .found: break
        case .refused(let refusal): metrics.count(refusal)
        case .unknown: metrics.unchecked.increment()
        }
    }

    private static func key(_ find: () throws(KeyRefusal) -> [UInt8]?) throws(AccessRefusal) -> [UInt8]? {
        do throws(KeyRefusal) { return try find() } catch { throw .key(error) }
    }

    /// Who shows a key is the key, whatever else they show: a browser adds its cookie by itself.
    private func found(_ headers: HTTPHeaders, key: [UInt8]?, now: Duration, unixSeconds: Int64)
        throws(AccessRefusal) -> Found
    {
        if let key { return try found(key, now: now, unixSeconds: unixSeconds) }
        do throws(SessionRefusal) {
            guard let cookie = try SessionCookie.value(in: headers) else { return .found(.nobody) }
            let session = try keys.session(cookie, now: unixSeconds)
            switch standing(of: session.id, now) {
            case .revoked: throw .revoked
            case .unknown: return .unknown
            case .valid: return .found(.session(session))
            }
        } catch {
            throw .session(error)
        }
    }

    private func found(_ token: [UInt8], now: Duration, unixSeconds: Int64) throws(AccessRefusal) -> Found {
        do throws(KeyRefusal) {
            let grant = try signer.grant(token, now: unixSeconds)
            switch standing(of: grant.id, now) {
            case .revoked: throw .revoked
            case .unknown: return .unknown
            case .valid: return .found(.key(grant))
            }
        } catch {
            throw .key(error)
        }
    }

    private func standing(of id: String, _ now: Duration) -> RevocationList.Standing {
        revocations.withLock { $0.standing(of: id, now: now) }
    }

    /// Whether what was allowed a moment ago still is.
    package func stillAllows(_ ticket: Ticket, now: Duration) -> Bool {
        guard let session = ticket.session else { return true }
        return standing(of: session, now) == .valid
    }
}
