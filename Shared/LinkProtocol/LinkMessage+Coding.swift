internal import Base
internal import EventModels
internal import JSON

extension LinkMessage {
    /// The frame's text; `ts` is the sender's wall time in Unix milliseconds, for people.
    package func encoded(ts: Int64) -> [UInt8] {
        var writer = JSONWriter(reserving: bytesExpected)
        writer.beginObject()
        writer.member("type", type)
        writeData(into: &writer)
        writer.member("ts", ts)
        writer.endObject()
        return writer.takeBytes()
    }

    /// About how long its text is.
    private var bytesExpected: Int {
        guard case .event(let frame) = self else { return 256 }
        return frame.bytes + frame.events.count + 256
    }

    package var type: String {
        switch self {
        case .hello: "hello"
        case .ready: "ready"
        case .event: "event"
        case .ack: "ack"
        case .status: "status"
        case .goodbye: "goodbye"
        case .command: "command"
        case .result: "result"
        case .unknown(let type): type
        }
    }

    private func writeData(into writer: inout JSONWriter) {
        if case .event(let frame) = self { return frame.writeMembers(into: &writer) }
        writer.key("data")
        writer.beginObject()
        switch self {
        case .hello(let hello):
            hello.writeMembers(into: &writer)
        case .ready(let gateway, let shards):
            writer.member("gateway", gateway)
            writer.key("shards")
            writer.beginArray()
            for entry in shards {
                writer.beginObject()
                writer.member("shard", entry.shard.description)
                writer.member("publisher", entry.publisher)
                writer.endObject()
            }
            writer.endArray()
        case .ack(let shard, let id, let resend):
            writer.member("shard", shard.description)
            writer.member("id", id?.description)
            if resend { writer.member("resend", true) }
        case .status(let isBusUp, let reason):
            writer.member("bus", isBusUp ? "up" : "down")
            writer.member("reason", reason)
        case .goodbye(let reason):
            writer.member("reason", reason)
        case .command(let command): command.writeMembers(into: &writer)
        case .result(let result): result.writeMembers(into: &writer)
        case .event, .unknown:
            break
        }
        writer.endObject()
    }

    package init(decoding bytes: [UInt8]) throws(LinkMessageError) {
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONDocument(parsing: bytes, limits: JSONLimits(bytesMax: Self.bytesMax)).root
        } catch { throw .notJSON(error) }
        guard let type = root["type"]?.string else { throw .noType }
        let data = root["data"]
        switch type {
        case "hello": self = .hello(try Self.hello(data))
        case "ready": self = try Self.ready(data)
        case "event":
            do throws(EventFrameError) { self = .event(try EventFrame(root)) } catch { throw .event(error) }
        case "status":
            guard let bus = data?["bus"]?.string, bus == "up" || bus == "down" else { throw .missing("bus") }
            self = .status(isBusUp: bus == "up", reason: data?["reason"]?.string ?? "")
        case "ack":
            guard let shard = data?["shard"]?.string.flatMap({ ShardName($0) }) else {
                throw .missing("shard")
            }
            let resend = data?["resend"]?.bool ?? false
            let id = try Self.id(data?["id"], name: "id")
            guard resend || id != nil else { throw .missing("id") }
            self = .ack(shard: shard, id: id, resend: resend)
        case "command": self = .command(try LinkCommand(data))
        case "result": self = .result(try LinkResult(data))
        case "goodbye": self = .goodbye(reason: data?["reason"]?.string ?? "")
        default: self = .unknown(type: String(type.prefix(32)))
        }
    }

    private static func id(_ value: JSONValue?, name: String) throws(LinkMessageError) -> EventID? {
        guard let value, !value.isNull else { return nil }
        guard let id = value.string.flatMap({ EventID($0) }) else { throw .missing(name) }
        return id
    }

    private static func hello(_ data: JSONValue?) throws(LinkMessageError) -> LinkHello {
        guard let version = data?["version"]?.int else { throw .missing("version") }
        // What another version's hello looks like is not for this one to judge: the number alone refuses it.
        guard version == LinkMessage.version else {
            return LinkHello(version: version, bus: "", tops: [:], name: "")
        }
        let name = String((data?["name"]?.string ?? "").prefix(128))
        // A role of another version is none that writes to a bus of ours.
        guard data?["role"]?.string ?? LinkHello.Role.replica.rawValue == LinkHello.Role.replica.rawValue
        else { return LinkHello(caller: name) }
        guard let bus = data?["bus"]?.string, !bus.isEmpty, bus.utf8.count <= 128 else {
            throw .missing("bus")
        }
        var tops: [ShardName: EventID?] = [:]
        if let members = data?["tops"]?.object {
            for (key, value) in members {
                guard let shard = ShardName(key) else { throw .missing("tops") }
                tops.updateValue(try id(value, name: "tops"), forKey: shard)
            }
        }
        return LinkHello(version: version, bus: bus, tops: tops, name: name)
    }

    private static func ready(_ data: JSONValue?) throws(LinkMessageError) -> LinkMessage {
        guard let gateway = data?["gateway"]?.string, let list = data?["shards"]?.array else {
            throw .missing("gateway or shards")
        }
        var shards: [LinkShard] = []
        for value in list {
            guard let shard = value["shard"]?.string.flatMap({ ShardName($0) }) else {
                throw .missing("shard")
            }
            shards.append(LinkShard(shard: shard, publisher: value["publisher"]?.bool ?? false))
        }
        return .ready(gateway: gateway, shards: shards)
    }
}

extension LinkHello {
    fileprivate func writeMembers(into writer: inout JSONWriter) {
        writer.member("version", version)
        guard role == .replica else {
            writer.member("role", role.rawValue)
            return writer.member("name", name)
        }
        writer.member("bus", bus)
        writer.key("tops")
        writer.beginObject()
        for shard in tops.keys.sorted() {
            writer.key(text: shard.description)
            if let top = top(of: shard) { writer.string(top.description) } else { writer.null() }
        }
        writer.endObject()
        writer.member("name", name)
    }
}
