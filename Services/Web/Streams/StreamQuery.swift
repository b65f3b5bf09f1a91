import Base
package import HTTPWire

/// What a viewer asks of `/api/stream`.
package struct StreamQuery: Sendable, Equatable {
    package let filter: StreamFilter
    /// As sent, well-formed or not; nil for a fresh stream.
    package let lastEventID: String?
    /// A snapshot is wanted behind what was missed, also where the stream can go on without one.
    package let wantsSnapshot: Bool

    package struct Malformed: Error, Equatable {
        package let detail: String
    }

    package init(filter: StreamFilter, lastEventID: String?, wantsSnapshot: Bool) {
        self.filter = filter
        self.lastEventID = lastEventID
        self.wantsSnapshot = wantsSnapshot
    }

    /// Most guilds, kinds and channels that one stream may name.
    package static let listMax = 100

    package init(_ head: HTTPRequestHead) throws(Malformed) {
        self = try StreamQuery(asking: head).resuming(head)
    }

    /// The same, going on where the request's header says: `Last-Event-ID` beats `lastEventId` in the query, because an
    /// EventSource repeats its query for ever.
    func resuming(_ head: HTTPRequestHead) -> StreamQuery {
        guard let header = head.headers["last-event-id"], !header.isEmpty else { return self }
        return StreamQuery(filter: filter, lastEventID: header, wantsSnapshot: wantsSnapshot)
    }

    /// The same, of as much as a key allows.
    func narrowed(by key: KeyGrant) throws(Problem) -> StreamQuery {
        StreamQuery(
            filter: try filter.narrowed(by: key),
            lastEventID: lastEventID,
            wantsSnapshot: wantsSnapshot
        )
    }

    /// What the query alone says. `guild` may repeat; `events` and `channels` are comma-separated.
    init(asking head: HTTPRequestHead) throws(Malformed) {
        let guilds = try Self.snowflakes(head.queryItems("guild"), name: "guild")
        let channels = try Self.snowflakes(Self.list(head.queryItems("channels")), name: "channels")
        let names = Self.list(head.queryItems("events"))
        guard names.count <= Self.listMax else { throw Malformed(detail: "events names too many kinds") }
        var kinds: Set<KindPattern> = []
        for name in names {
            guard let pattern = KindPattern(name) else {
                throw Malformed(
                    detail: "events holds “\(name.prefix(40))”; kinds look like voice.joined or voice.*"
                )
            }
            kinds.insert(pattern)
        }
        filter = StreamFilter(guilds: Set(guilds), kinds: kinds, channels: Set(channels))
        lastEventID = head.queryItem("lastEventId").flatMap { $0.isEmpty ? nil : $0 }
        wantsSnapshot = head.queryItem("snapshot") == "1"
    }

    private static func list(_ values: [String]) -> [String] {
        values.flatMap { $0.split(separator: ",").map { String($0) } }
    }

    private static func snowflakes(_ values: [String], name: String) throws(Malformed) -> [Snowflake] {
        guard values.count <= listMax else {
            throw Malformed(detail: "\(name) names more than \(listMax) ids")
        }
        var ids: [Snowflake] = []
        for value in values {
            guard let id = Snowflake(value) else {
                throw Malformed(detail: "\(name) holds “\(value.prefix(40))”, which is no id")
            }
            ids.append(id)
        }
        return ids
    }
}

/// A kind of event by name, or all of one subject: `voice.joined`, `voice.*`.
package struct KindPattern: Sendable, Hashable {
    /// As it is written.
    package let text: String
    private let prefix: String?

    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].isPlainName, parts[1] == "*" || parts[1].isPlainName else {
            return nil
        }
        self.text = text
        prefix = parts[1] == "*" ? "\(parts[0])." : nil
    }

    package func matches(_ name: String) -> Bool {
        if let prefix { name.hasPrefix(prefix) } else { name == text }
    }

    /// What both match: one of them, for a name belongs to one subject; nil where that is nothing.
    package func intersection(_ other: KindPattern) -> KindPattern? {
        if self == other || (prefix == nil && other.matches(text)) { return self }
        return other.prefix == nil && matches(other.text) ? other : nil
    }
}

extension Substring {
    fileprivate var isPlainName: Bool {
        !isEmpty && utf8.count <= 32 && utf8.allSatisfy { 0x61...0x7A ~= $0 || $0 == 0x5F }
    }
}
