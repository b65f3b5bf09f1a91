package import Base
package import JSON

/// Someone who is not offline.
package struct PresenceRecord: Sendable, Equatable {
    var status: String
    var clients: ClientNames
    /// The first activity that is no custom status, as the event shows it; JSON.
    var activity: [UInt8]?

    package var clientNames: [String] { clients.sorted }

    /// Nil: offline.
    package init?(_ presence: JSONView) {
        guard let status = presence["status"]?.string, status != "offline", status != "invisible" else {
            return nil
        }
        self.status = status
        clients = PresenceReading.clients(of: presence)
        activity = PresenceReading.activity(of: presence).map { activity in
            var writer = JSONWriter()
            PresenceReading.write(activity: activity, into: &writer)
            return writer.takeBytes()
        }
    }

    /// `status`, `clients` and `activity`, into an object that the caller has begun.
    func write(into writer: inout JSONWriter) {
        writer.member("status", status)
        writer.key("clients")
        clients.write(into: &writer)
        writer.key("activity")
        if let activity { writer.raw(activity) } else { writer.null() }
    }

    /// What `write` has written.
    init?(checkpoint value: JSONView) {
        guard let status = value["status"]?.string else { return nil }
        self.status = status
        clients = ClientNames(value["clients"]?.array?.compactMap(\.string) ?? [])
        activity = value["activity"].flatMap { $0.isNull ? nil : unsafe Array($0.raw) }
    }
}

/// Names of the platforms with a session: those that there are as bits, others as they are.
struct ClientNames: Sendable, Equatable {
    /// By name; a bit each.
    private static let known = ["desktop", "embedded", "mobile", "vr", "web"]

    private(set) var bits: UInt8 = 0
    /// Sorted.
    private(set) var others: [String] = []

    init(_ names: [String]) {
        for name in names { insert(name) }
    }

    mutating func insert(_ name: String) {
        if let index = Self.known.firstIndex(of: name), bits & 1 << UInt8(index) == 0 {
            bits |= 1 << UInt8(index)
        } else {
            others.append(name)
            others.sort()
        }
    }

    mutating func insert(bit: UInt8) { bits |= bit }

    init(bits: UInt8, others: [String]) {
        self.bits = bits
        self.others = others
    }

    var sorted: [String] {
        let held = Self.known.indices.filter { bits & 1 << UInt8($0) != 0 }.map { Self.known[$0] }
        return others.isEmpty ? held : (held + others).sorted()
    }
}

extension PresenceRecord: PackedRecord {
    /// Of `status`, where it is one of these; 0 stands for another.
    private static let statuses = ["", "online", "idle", "dnd"]
    static let activityBit: UInt8 = 4
    static let othersBit: UInt8 = 8

    /// A byte of status (two bits) and switches, one of platforms; then what there is.
    package func pack(into packer: inout Packer) {
        let known = UInt8(Self.statuses.dropFirst().firstIndex(of: status) ?? 0)
        let activityBit = activity == nil ? 0 : Self.activityBit
        packer.byte(known | activityBit | (clients.others.isEmpty ? 0 : Self.othersBit))
        packer.byte(clients.bits)
        if known == 0 { packer.text(status) }
        clients.packOthers(into: &packer)
        if let activity { packer.blob(activity) }
    }

    package init(id: Snowflake, packed reader: inout Unpacker) {
        let (switches, bits) = (reader.byte(), reader.byte())
        status = switches & 3 == 0 ? reader.text() : Self.statuses[Int(switches & 3)]
        var others: [String] = []
        if switches & Self.othersBit != 0 { others = (0..<reader.count()).map { _ in reader.text() } }
        clients = ClientNames(bits: bits, others: others)
        activity = switches & Self.activityBit != 0 ? reader.blob() : nil
    }
}
