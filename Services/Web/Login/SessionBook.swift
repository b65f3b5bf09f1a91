package import Base
internal import EventModels
package import RedisClient

/// The records of sessions: in Redis, or this process' own without one. What a session may do is its cookie's to say; the book is
/// there so that people can see their sessions and end them.
package final class SessionBook: Sendable {
    /// Of one user; the one that expires first is ended beyond.
    package static let perUserMax = 50
    /// Kept without Redis; past it the one that expires first is forgotten.
    package static let countMax = 10_000

    private let redis: RedisClient?
    private let own: Locked<[String: SessionRecord]>

    package init(_ redis: RedisClient?) {
        self.redis = redis
        own = Locked([:])
    }

    /// Keeps a record until it expires. Returns the ids of the user's sessions that are too many. `now` is in Unix seconds.
    package func keep(_ record: SessionRecord, now: Int64) async throws(RedisError) -> [String] {
        guard let redis else { return keepHere(record, now: now) }
        let set = RedisKeys.sessions(of: record.user)
        let seconds = max(record.expires - now, 1)
        var write: RedisCommand = ["SET", RedisKeys.session(record.id)]
        write.append(bytes: record.encoded())
        write.append("EX")
        write.append(seconds)
        let replies = try await redis.pipeline([
            write,
            ["ZADD", set, String(record.expires), record.id],
            ["EXPIRE", set, String(Session.lifetimeMax)],
            ["ZREMRANGEBYSCORE", set, "-inf", String(now)],
            ["ZRANGE", set, "0", String(-Self.perUserMax - 1)],
        ])
        for reply in replies.dropLast() { _ = try reply.get() }
        return try Self.texts(try replies[replies.count - 1].get())
    }

    private func keepHere(_ record: SessionRecord, now: Int64) -> [String] {
        own.withLock { own in
            own[record.id] = record
            if own.count > Self.countMax {
                own = own.filter { $0.value.expires > now }
                while own.count > Self.countMax, let first = own.values.min(by: { $0.expires < $1.expires }) {
                    own[first.id] = nil
                }
            }
            let theirs = own.values.filter { $0.user == record.user && $0.expires > now }
                .sorted { ($0.expires, $0.id) < ($1.expires, $1.id) }
            return theirs.dropLast(Self.perUserMax).map(\.id)
        }
    }

    package func record(_ id: String, now: Int64) async throws(RedisError) -> SessionRecord? {
        guard let redis else {
            return own.withLock { own in own[id].flatMap { $0.expires > now ? $0 : nil } }
        }
        return try await redis.send(["GET", RedisKeys.session(id)]).bytes.flatMap {
            SessionRecord(id: id, $0)
        }
    }

    /// Ids of a user's sessions, at most `perUserMax`.
    package func ids(of user: Snowflake, now: Int64) async throws(RedisError) -> [String] {
        guard let redis else {
            return own.withLock { own in
                own.values.filter { $0.user == user && $0.expires > now }.map(\.id).sorted()
            }
        }
        let reply = try await redis.send([
            "ZRANGEBYSCORE", RedisKeys.sessions(of: user), "(\(now)", "+inf", "LIMIT", "0",
            String(Self.perUserMax),
        ])
        return try Self.texts(reply)
    }

    /// Their records, of those that are kept; seen last comes first.
    package func records(of user: Snowflake, now: Int64) async throws(RedisError) -> [SessionRecord] {
        let ids = try await ids(of: user, now: now)
        var records: [SessionRecord] = []
        if let redis {
            guard !ids.isEmpty else { return [] }
            let reply = try await redis.send(RedisCommand(["MGET"] + ids.map { RedisKeys.session($0) }))
            for (id, value) in zip(ids, reply.array ?? []) {
                if let bytes = value.bytes, let record = SessionRecord(id: id, bytes) {
                    records.append(record)
                }
            }
        } else {
            records = own.withLock { own in ids.compactMap { own[$0] } }
        }
        return records.filter { $0.user == user }.sorted { ($0.seen, $0.id) > ($1.seen, $1.id) }
    }

    package func remove(_ ids: [String], of user: Snowflake) async throws(RedisError) {
        guard !ids.isEmpty else { return }
        guard let redis else {
            own.withLock { own in for id in ids { own[id] = nil } }
            return
        }
        for reply in try await redis.pipeline([
            RedisCommand(["ZREM", RedisKeys.sessions(of: user)] + ids),
            RedisCommand(["DEL"] + ids.map { RedisKeys.session($0) }),
        ]) { _ = try reply.get() }
    }

    private static func texts(_ reply: RedisReply) throws(RedisError) -> [String] {
        guard let parts = reply.array else { throw .unexpectedReply("ZRANGE") }
        return parts.compactMap(\.string).filter { Session.isID($0) }
    }
}
