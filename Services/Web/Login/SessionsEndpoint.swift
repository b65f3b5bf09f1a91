import Base
import EventLoop
import HTTPServer
import HTTPWire
import JSON
import RedisClient

/// `/api/me`, `/api/sessions` and `/api/logout`: who one is, and one's own sessions.
enum SessionsEndpoint: APIEndpoint {
    static func operations(_ api: APIContext) -> [Operation] {
        [me(api), list(api), end(api), logOut(api)]
    }

    /// A session's `seen` is this exact, in seconds.
    private static let seenEvery: Int64 = 60

    // MARK: Who

    private static func me(_ api: APIContext) -> Operation {
        Operation(
            "GET",
            "/api/me",
            "me",
            tag: .access,
            "Who calls, and may they log in; gives an old session's cookie anew",
            access: .maybe,
            answers: [.json(.named("Me"), "The user and the session are null where there is none")]
        ) { call throws(Problem) in
            let now = api.now / 1000
            guard let session = call.caller.session else {
                let response = HTTPResponse.json(text(api, nil, nil))
                return isDead(call.request, api, now)
                    ? response.with("Set-Cookie", SessionCookie.removal) : response
            }
            var newer = session.rotated(now: now)
            let record = try await look(session, newer, call, api, now)
            // Only what is in the list of one's sessions is made to last longer, and not what was ended meanwhile.
            if record == nil || !isValid(session, api) { newer = nil }
            let response = HTTPResponse.json(text(api, newer ?? session, record))
            return newer.map { response.with("Set-Cookie", api.login.setting($0, now: now)) } ?? response
        }
    }

    private static func isValid(_ session: Session, _ api: APIContext) -> Bool {
        let ticket = Ticket(subject: .user(session.user), session: session.id)
        return api.authorizer.stillAllows(ticket, now: MonotonicClock.now())
    }

    /// The session's record, brought up to date. Without Redis' answer there is none, and the session counts all the same.
    private static func look(
        _ session: Session,
        _ newer: Session?,
        _ call: APICall,
        _ api: APIContext,
        _ now: Int64
    ) async throws(Problem) -> SessionRecord? {
        do throws(RedisError) {
            let held = try await api.login.book.record(session.id, now: now)
            var record =
                held
                ?? SessionRecord(
                    session,
                    name: "",
                    avatar: "",
                    seen: 0,
                    agent: call.request.headers["user-agent"] ?? ""
                )
            guard newer != nil || now - record.seen >= seenEvery else { return record }
            record.seen = now
            record.expires = max(record.expires, (newer ?? session).expires)
            let surplus = try await api.login.book.keep(record, now: now)
            let others = surplus.filter { $0 != session.id }
            try await api.login.end(others, of: session.user, lastExpiry: now + Session.lifetimeMax)
            return record
        } catch {
            return nil
        }
    }

    /// Whether a cookie came that can never become good. That of an ended session stays: this answer may cross the one that gives
    /// another tab its new one. But where nobody needs a session it goes, since with it one would see less than without.
    private static func isDead(_ request: HTTPRequest, _ api: APIContext, _ now: Int64) -> Bool {
        do throws(SessionRefusal) {
            guard let cookie = try SessionCookie.value(in: request.headers) else { return false }
            _ = try api.keys.session(cookie, now: now)
            return api.config.access == .open
        } catch {
            return error.isFinal
        }
    }

    private static func text(_ api: APIContext, _ session: Session?, _ record: SessionRecord?) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("access", api.config.access.rawValue)
        json.member("canLogIn", api.login.canLogIn)
        json.key("user")
        if let session {
            json.beginObject()
            json.member("id", session.user)
            json.member("name", record.flatMap { $0.name.isEmpty ? nil : $0.name })
            json.member("avatar", record.flatMap { $0.avatar.isEmpty ? nil : $0.avatar })
            json.endObject()
        } else {
            json.null()
        }
        json.key("session")
        if let session {
            json.beginObject()
            json.member("id", session.id)
            json.member("began", session.began * 1000)
            json.member("expires", session.expires * 1000)
            json.endObject()
        } else {
            json.null()
        }
        json.member("isInstanceOwner", session.map { api.config.instanceOwners.contains($0.user) } ?? false)
        json.endObject()
        return json.takeBytes()
    }

    // MARK: Own sessions

    private static func list(_ api: APIContext) -> Operation {
        Operation(
            "GET",
            "/api/sessions",
            "sessions",
            tag: .access,
            "One's own sessions, seen last first",
            access: .session,
            answers: [.json(.named("Sessions"), "At most \(SessionBook.perUserMax)")]
        ) { call throws(Problem) in
            let user = try call.user()
            let records: [SessionRecord]
            do throws(RedisError) {
                records = try await api.login.book.records(of: user, now: api.now / 1000)
            } catch { throw away }
            var json = JSONWriter()
            json.beginObject()
            json.key("sessions")
            json.beginArray()
            for record in records {
                json.beginObject()
                json.member("id", record.id)
                json.member("began", record.began * 1000)
                json.member("seen", record.seen * 1000)
                json.member("expires", record.expires * 1000)
                json.member("agent", record.agent)
                json.member("isCurrent", record.id == call.caller.session?.id)
                json.endObject()
            }
            json.endArray()
            json.endObject()
            return .json(json.takeBytes())
        }
    }

    private static func end(_ api: APIContext) -> Operation {
        Operation(
            "DELETE",
            "/api/sessions/{session}",
            "endSession",
            tag: .access,
            "Ends one of one's own sessions, with its streams",
            access: .session,
            parameters: [.path("session", .id, "The session's id")],
            answers: [.empty(204, "It is ended")]
        ) { call throws(Problem) in
            let (user, now) = (try call.user(), api.now / 1000)
            let id = call.text("session") ?? ""
            let isCurrent = id == call.caller.session?.id
            if !isCurrent {
                let own: [String]
                do throws(RedisError) { own = try await api.login.book.ids(of: user, now: now) } catch {
                    throw away
                }
                guard own.contains(id) else { throw .notFound("session") }
            }
            try await finish([id], user, api, now)
            let response = HTTPResponse(status: 204)
            return isCurrent ? response.with("Set-Cookie", SessionCookie.removal) : response
        }
    }

    private static func logOut(_ api: APIContext) -> Operation {
        Operation(
            "POST",
            "/api/logout",
            "logOut",
            tag: .access,
            "Ends this session, or all of one's own",
            access: .session,
            body: .object([.init("everywhere", .boolean, "All of one's own sessions")]),
            answers: [.empty(204, "Logged out")]
        ) { call throws(Problem) in
            let (user, now) = (try call.user(), api.now / 1000)
            let current = call.caller.session.map { [$0.id] } ?? []
            var others: [String] = []
            if call.body?["everywhere"]?.bool == true {
                do throws(RedisError) { others = try await api.login.book.ids(of: user, now: now) } catch {
                    // The cookie stays, so that no page looks as if all were ended.
                    do throws(Problem) { try await finish(current, user, api, now) } catch {}
                    throw .unavailable(
                        "Redis is away: this session is ended at this replica, and your others are not. "
                            + "Log in and try again."
                    )
                }
            }
            do throws(Problem) {
                try await finish(current + others.filter { !current.contains($0) }, user, api, now)
            } catch {
                // This browser at least forgets who it was.
                throw error.with("Set-Cookie", SessionCookie.removal)
            }
            return HTTPResponse(status: 204).with("Set-Cookie", SessionCookie.removal)
        }
    }

    private static func finish(_ ids: [String], _ user: Snowflake, _ api: APIContext, _ now: Int64)
        async throws(Problem)
    {
        do throws(RedisError) {
            try await api.login.end(ids, of: user, lastExpiry: now + Session.lifetimeMax)
        } catch {
            throw .unavailable("Redis is away: what was to end is ended at this replica alone. Try again.")
        }
    }

    private static let away = Problem.unavailable(
        "Redis is away, and the sessions are written there. Try again."
    )
}
