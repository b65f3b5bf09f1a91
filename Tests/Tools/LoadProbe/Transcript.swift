import EventModels
import JSON

/// Everything that each viewer received, in its order, for a comparison elsewhere (`scripts/chaos`).
///
/// Equal blocks are kept once and named by their number; a viewer's own part is a list of numbers.
struct Transcript {
    /// By a hash of the whole block: the same id with other contents is another block.
    private var numbers: [UInt64: UInt32] = [:]
    /// One JSON object per block: `{"id","event","data"}`.
    private(set) var blocks: [UInt8] = []
    private(set) var viewers: [[UInt32]]
    private var last: [EventID?]
    private var isConnected: [Bool]
    private(set) var resets = 0
    private(set) var connections = 0

    init(viewers: Int) {
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
            if !isState, !block.data.isEmpty { writer.member("data", raw: Array(block.data)) }
        }
    }

    mutating func connected(_ viewer: Int, after id: String) {
        connections += 1
        isConnected[viewer] = true
        mark("(connected)", id, viewer)
    }

    mutating func ended(_ viewer: Int) { isConnected[viewer] = false }

    mutating func gaveUp(_ viewer: Int, status: Int) {
        isConnected[viewer] = false
        mark("(gave up)", String(status), viewer)
    }

    private mutating func mark(_ event: String, _ id: String, _ viewer: Int) {
        add(hash(Array("\(event)\n\(id)".utf8)[...]), viewer) { writer in
            writer.member("id", id)
            writer.member("event", event)
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

    /// For each viewer the count of its blocks and their numbers, 32 bits each, the lowest byte first.
    var encodedViewers: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(viewers.reduce(0) { $0 + 4 * ($1.count + 1) })
        func append(_ value: UInt32) {
            for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
        }
        for viewer in viewers {
            append(UInt32(viewer.count))
            for number in viewer { append(number) }
        }
        return bytes
    }
}
