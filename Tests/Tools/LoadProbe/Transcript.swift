import EventModels
import JSON

/// Everything that each viewer received, in its order, for a comparison elsewhere (`scripts/chaos`).
///
/// Equal blocks are kept once and named by their number; a viewer's own part is a list of numbers.
struct Transcript {
    /// By a hash of the whole block: the same id with other contents is another block.
    private var numbers: [UInt64: UInt32] = [:]
    /// One JSON object per block: `{"id","event","data"}`; of a snapshot or reset instead of `data` what it shows: `guilds`,
    /// `[{"id","people","channels":[id],"voice":[[user,channel,since]],"messages":[id]}]`.
    private(set) var blocks: [UInt8] = []
    private(set) var viewers: [[UInt32]]
    private let groups: Int
    private var last: [EventID?]
    private var isConnected: [Bool]
    private(set) var resets = 0
    private(set) var connections = 0

    init(viewers: Int, groups: Int) {
        self.groups = groups
        self.viewers = Array(repeating: [], count: viewers)
        last = Array(repeating: nil, count: viewers)
        isConnected = Array(repeating: false, count: viewers)
    }

    mutating func took(_ block: StreamReader.Block, viewer: Int) {
        guard let idText = block.idText else { return }
        let isState = block.name == "snapshot" || block.name == "reset"
        if block.name == "reset" { resets += 1 }
        if let id = block.id { last[viewer] = id }
        add(hash(block.bytes), viewer) { writer in
            writer.member("id", String(decoding: idText, as: UTF8.self))
            writer.member("event", block.name)
            if isState {
                writer.member("guilds", raw: Self.shown(Array(block.data)))
            } else if !block.data.isEmpty {
                writer.member("data", raw: Array(block.data))
            }
        }
    }

    /// `time`: Unix milliseconds.
    mutating func connected(_ viewer: Int, after id: String, at time: Int64) {
        connections += 1
        isConnected[viewer] = true
        mark("(connected)", id, viewer, at: time)
    }

    mutating func ended(_ viewer: Int) { isConnected[viewer] = false }

    mutating func gaveUp(_ viewer: Int, status: Int) {
        isConnected[viewer] = false
        mark("(gave up)", String(status), viewer)
    }

    private mutating func mark(_ event: String, _ id: String, _ viewer: Int, at time: Int64 = 0) {
        add(hash(Array("\(event)\n\(id)\n\(time)".utf8)[...]), viewer) { writer in
            writer.member("id", id)
            writer.member("event", event)
            writer.member("at", time)
        }
    }

    private mutating func add(_ key: UInt64, _ viewer: Int, _ fill: (inout JSONWriter) -> Void) {
        if let number = numbers[key] { return viewers[viewer].append(number) }
        let number = UInt32(numbers.count)
        numbers[key] = number
        viewers[viewer].append(number)
        var writer = JSONWriter(reserving: 512)
        writer.beginObject()
        fill(&writer)
        writer.endObject()
        blocks += writer.takeBytes()
        blocks.append(10)
    }

    /// FNV-1a, 64 bits.
    private func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }

    /// Every viewer has had its snapshot.
    var allStarted: Bool { last.allSatisfy { $0 != nil } }

    /// One line for those who wait.
    var progress: String {
        let ids = last.compactMap { $0 }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("started", ids.count)
        writer.member("connected", isConnected.count { $0 })
        writer.member("connections", connections)
        writer.member("deliveries", viewers.reduce(0) { $0 + $1.count })
        writer.member("resets", resets)
        writer.member("slowest", ids.min()?.description ?? "0-0")
        writer.member("newest", ids.max()?.description ?? "0-0")
        writer.endObject()
        return String(decoding: writer.takeBytes(), as: UTF8.self)
    }

    /// What a snapshot shows, as far as it can be compared: ids, and how many people in voice it counts.
    private static func shown(_ data: [UInt8]) -> [UInt8] {
        var writer = JSONWriter(reserving: 4096)
        writer.beginArray()
        if let document = parsed(data), let guilds = document.root["payload"]?["guilds"]?.array {
            for guild in guilds { write(guild, into: &writer) }
        }
        writer.endArray()
        return writer.takeBytes()
    }

    private static func parsed(_ data: [UInt8]) -> JSONDocument? {
        do throws(JSONError) { return try JSONDocument(parsing: data) } catch { return nil }
    }

    private static func write(_ guild: JSONValue, into writer: inout JSONWriter) {
        func each(_ name: String, of list: String, _ body: (JSONValue, inout JSONWriter) -> Void) {
            writer.key(name)
            writer.beginArray()
            if let values = guild[list]?.array { for value in values { body(value, &writer) } }
            writer.endArray()
        }
        func id(_ value: JSONValue, _ name: String, _ writer: inout JSONWriter) {
            writer.string(value[name]?.string ?? "")
        }
        writer.beginObject()
        writer.member("id", guild["id"]?.string)
        writer.member("people", guild["counts"]?["voice"]?.int)
        each("channels", of: "channels") { id($0, "id", &$1) }
        each("voice", of: "voice") { person, writer in
            writer.beginArray()
            id(person, "userId", &writer)
            id(person, "channelId", &writer)
            if let since = person["since"]?.int64 { writer.int64(since) } else { writer.null() }
            writer.endArray()
        }
        each("messages", of: "messages") { id($0, "messageId", &$1) }
        writer.endObject()
    }

    /// For each viewer its group, the count of its blocks and their numbers, 32 bits each, the lowest byte first.
    var encodedViewers: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(viewers.reduce(0) { $0 + 4 * ($1.count + 2) })
        func append(_ value: UInt32) {
            for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
        }
        for (index, viewer) in viewers.enumerated() {
            append(UInt32(index % groups))
            append(UInt32(viewer.count))
            for number in viewer { append(number) }
        }
        return bytes
    }
}
