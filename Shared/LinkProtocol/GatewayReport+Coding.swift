internal import Base
internal import EventModels
internal import JSON

extension GatewayReport {
    /// As `value` of the command's result.
    package func encoded() -> [UInt8] {
        var writer = JSONWriter(reserving: 512 + shards.count * 200)
        writer.beginObject()
        writer.member("gateway", gateway)
        writer.member("version", version)
        writer.member("since", since)
        writer.member("token", token.rawValue)
        Self.write(application, "application", into: &writer)
        Self.write(user, "user", into: &writer)
        writer.key("intents")
        writer.beginObject()
        Self.write(intents.wanted, "wanted", into: &writer)
        Self.write(intents.refused, "refused", into: &writer)
        if let off = intents.off { Self.write(off, "off", into: &writer) } else { writer.memberNull("off") }
        writer.endObject()
        writer.member("missing", missing.map { String($0.prefix(Self.reasonMax)) })
        writer.key("shards")
        writer.beginArray()
        for shard in shards.prefix(Self.shardsMax) { shard.write(into: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.takeBytes()
    }

    private static func write(_ named: Named?, _ key: StaticString, into writer: inout JSONWriter) {
        writer.key(key)
        guard let named else { return writer.null() }
        writer.beginObject()
        writer.member("id", named.id)
        writer.member("name", named.name)
        writer.endObject()
    }

    private static func write(_ names: [String], _ key: StaticString, into writer: inout JSONWriter) {
        writer.key(key)
        writer.beginArray()
        for name in names { writer.string(name) }
        writer.endArray()
    }

    /// Nil where it is none. What another version adds is passed over, and so is a shard that cannot be read.
    package init?(decoding value: [UInt8]) {
        let root: JSONValue
        do throws(JSONError) { root = try JSONDocument(parsing: value).root } catch { return nil }
        guard let gateway = root["gateway"]?.string, let version = root["version"]?.string,
            let since = root["since"]?.int64, since >= 0
        else { return nil }
        self.init(
            gateway: String(gateway.prefix(Self.nameMax)),
            version: String(version.prefix(Self.nameMax)),
            since: since
        )
        token = root["token"]?.string.flatMap(Token.init) ?? .unknown
        application = Self.named(root["application"])
        user = Self.named(root["user"])
        intents = Intents(
            wanted: Self.names(root["intents"]?["wanted"]) ?? [],
            refused: Self.names(root["intents"]?["refused"]) ?? [],
            off: Self.names(root["intents"]?["off"])
        )
        missing = root["missing"]?.string.map { String($0.prefix(Self.reasonMax)) }
        shards =
            root["shards"]?.array.map { list in list.prefix(Self.shardsMax).compactMap { Shard($0) } } ?? []
    }

    private static func named(_ value: JSONValue?) -> Named? {
        guard let id = value?["id"]?.snowflake else { return nil }
        return Named(id: id, name: value?["name"]?.string)
    }

    private static func names(_ value: JSONValue?) -> [String]? {
        value?.array.map { list in list.prefix(64).compactMap { $0.string.map { String($0.prefix(nameMax)) } }
        }
    }
}

extension GatewayReport.Shard {
    fileprivate func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("shard", name.description)
        writer.member("phase", phase.rawValue)
        writer.member("latency", latency)
        writer.member("guilds", guilds)
        writer.member("publisher", hasPublisher)
        writer.member("waiting", waiting)
        writer.member("waitingBytes", waitingBytes)
        writer.member("waitingFor", waitingFor)
        writer.member("reason", reason.map { String($0.prefix(GatewayReport.reasonMax)) })
        writer.member("code", code)
        writer.endObject()
    }

    fileprivate init?(_ value: JSONValue) {
        guard let name = value["shard"]?.string.flatMap({ ShardName($0) }),
            let phase = value["phase"]?.string.flatMap(GatewayReport.Phase.init)
        else { return nil }
        self.init(
            name,
            phase: phase,
            latency: value["latency"]?.int.flatMap { $0 < 0 ? nil : $0 },
            guilds: max(0, value["guilds"]?.int ?? 0)
        )
        hasPublisher = value["publisher"]?.bool ?? false
        waiting = max(0, value["waiting"]?.int ?? 0)
        waitingBytes = max(0, value["waitingBytes"]?.int ?? 0)
        waitingFor = value["waitingFor"]?.int.flatMap { $0 < 0 ? nil : $0 }
        reason = value["reason"]?.string.map { String($0.prefix(GatewayReport.reasonMax)) }
        code = value["code"]?.int
    }
}
