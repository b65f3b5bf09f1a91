internal import Base
internal import EventModels
internal import RedisClient

/// Reads what Redis answers about streams and snapshots.
enum LogReplies {
    /// What `BusScripts.page` and `recent` say of entries: `[id, envelope, id, envelope, …]`.
    static func entries(_ reply: RedisReply) throws(RedisError) -> [LogEntry] {
        guard let parts = reply.array, parts.count.isMultiple(of: 2) else {
            throw .unexpectedReply("a log: no array of pairs")
        }
        var entries: [LogEntry] = []
        entries.reserveCapacity(parts.count / 2)
        for index in stride(from: 0, to: parts.count, by: 2) {
            guard case .bulk(let text) = parts[index], let id = EventID(bytes: text[...]),
                case .bulk(let envelope) = parts[index + 1]
            else { throw .unexpectedReply("a log: an entry without an id") }
            entries.append(LogEntry(id: id, envelope: envelope))
        }
        return entries
    }

    /// A first and a last id; empty text is none.
    static func bounds(_ ids: ArraySlice<RedisReply>) throws(RedisError) -> LogBounds {
        var ends: [EventID?] = []
        for reply in ids {
            guard let text = reply.string else { throw .unexpectedReply("an end of a log that is no text") }
            let id = EventID(text)
            guard text.isEmpty || id != nil else { throw .unexpectedReply("an end of a log that is no id") }
            ends.append(id)
        }
        guard ends.count == 2 else { throw .unexpectedReply("a log with other than two ends") }
        return LogBounds(first: ends[0], top: ends[1])
    }

    /// What `BusScripts.trim` answers.
    static func size(_ reply: RedisReply) throws(RedisError) -> LogSize {
        guard let parts = reply.array, parts.count == 4, let top = parts[0].string,
            let bytes = parts[1].integer, let entries = parts[2].integer, let removed = parts[3].integer
        else { throw .unexpectedReply("the size of a log") }
        var size = LogSize()
        size.top = EventID(top)
        size.bytes = Int(bytes)
        size.entries = Int(entries)
        size.removed = Int(removed)
        return size
    }

    /// `HGETALL` of a hash guild → `<event id> <state>`; fields of another form are left out.
    static func snapshots(_ fields: [RedisReply], areAnchors: Bool) -> [GuildSnapshot] {
        var snapshots: [GuildSnapshot] = []
        var index = 0
        while index + 1 < fields.count {
            defer { index += 2 }
            guard let guild = fields[index].string.flatMap({ Snowflake($0) }),
                let value = fields[index + 1].bytes,
                let space = value.firstIndex(of: 0x20), let id = EventID(bytes: value[..<space])
            else { continue }
            let state = Array(value[(space + 1)...])
            snapshots.append(GuildSnapshot(guild: guild, id: id, state: state, isAnchor: areAnchors))
        }
        return snapshots
    }
}
