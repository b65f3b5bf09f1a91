internal import Base
internal import JSON

/// What a service says of itself to the others, every `ServiceRecord.interval`: specs/operations.md, "Who is there".
package struct ServiceRecord: Sendable, Equatable {
    package enum Name: String, Sendable, CaseIterable { case web, analytics }

    /// How far a shard's log is stored.
    package struct Stored: Sendable, Equatable {
        package let shard: ShardName
        /// Dispatches between the position and the log's top; nil across sessions.
        package let events: Int?
        /// Age of what was stored last while more waits, in milliseconds.
        package let milliseconds: Int?

        package init(shard: ShardName, events: Int?, milliseconds: Int?) {
            self.shard = shard
            self.events = events.map { max(0, $0) }
            self.milliseconds = milliseconds.map { max(0, $0) }
        }
    }

    package static let interval = Duration.seconds(10)
    /// Without another one it counts no more.
    package static let keptFor = Duration.seconds(30)
    package static let bytesMax = 64 << 10
    private static let shardsMax = 1_024
    private static let textMax = 100
    private static let missingMax = 200

    package let name: Name
    /// The process', drawn when it began.
    package let id: String
    package let version: String
    /// When the process began, in Unix milliseconds.
    package let since: Int64
    /// What it lacks for its work, as its `/ready` says; nil: nothing.
    package var missing: String?
    /// Of analytics alone.
    package var stored: [Stored] = []

    package init(_ name: Name, id: String, version: String = ProductVersion.current, since: Int64) {
        self.name = name
        self.id = String(id.prefix(Self.textMax))
        self.version = String(version.prefix(Self.textMax))
        self.since = since
    }

    package func encoded() -> [UInt8] {
        var writer = JSONWriter(reserving: 256)
        writer.beginObject()
        writer.member("name", name.rawValue)
        writer.member("id", id)
        writer.member("version", version)
        writer.member("since", since)
        writer.member("missing", missing.map { String($0.prefix(Self.missingMax)) })
        writer.key("stored")
        writer.beginArray()
        for shard in stored.prefix(Self.shardsMax) {
            writer.beginObject()
            writer.member("shard", shard.shard.description)
            writer.member("events", shard.events)
            writer.member("milliseconds", shard.milliseconds)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.takeBytes()
    }

    /// Nil for what is none, or longer than `bytesMax`.
    package init?(decoding bytes: [UInt8]) {
        guard bytes.count <= Self.bytesMax else { return nil }
        let root: JSONValue
        do throws(JSONError) { root = try JSONDocument(parsing: bytes).root } catch { return nil }
        guard let name = root["name"]?.string.flatMap(Name.init), let id = root["id"]?.string, !id.isEmpty,
            let version = root["version"]?.string, let since = root["since"]?.int64, since >= 0
        else { return nil }
        self.init(name, id: id, version: version, since: since)
        missing = root["missing"]?.string.map { String($0.prefix(Self.missingMax)) }
        stored =
            root["stored"]?.array.map { list in list.prefix(Self.shardsMax).compactMap { Self.stored($0) } }
            ?? []
    }

    private static func stored(_ value: JSONValue) -> Stored? {
        guard let shard = value["shard"]?.string.flatMap({ ShardName($0) }) else { return nil }
        return Stored(shard: shard, events: value["events"]?.int, milliseconds: value["milliseconds"]?.int)
    }
}
