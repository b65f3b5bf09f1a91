internal import JSON

/// What a PRESENCE_UPDATE says, read where it stands: it is written into the event and into the packed record without a
/// `PresenceRecord` in between, and is equal to one.
struct PresenceReading {
    /// By the number that a packed record has for it; 0: offline.
    private let status: UInt8
    private let clients: ClientNames
    private let activity: JSONView?

    private static let custom = 4
    /// Of an activity, where it has them.
    private static let texts: [StaticString] = ["details", "state", "url"]

    var isOnline: Bool { status != 0 }

    /// Nil where the status is none that Discord documents.
    init?(_ presence: JSONView) {
        guard let status = presence["status"].flatMap(Self.status) else { return nil }
        self.status = status
        clients = status == 0 ? ClientNames([]) : Self.clients(of: presence)
        activity = status == 0 ? nil : Self.activity(of: presence)
    }

    private static func status(_ value: JSONView) -> UInt8? {
        if value.isText("online") { return 1 }
        if value.isText("idle") { return 2 }
        if value.isText("dnd") { return 3 }
        return value.isText("offline") || value.isText("invisible") ? 0 : nil
    }

    static func clients(of presence: JSONView) -> ClientNames {
        var clients = ClientNames([])
        if let platforms = presence["client_status"]?.object {
            for (name, _) in platforms { clients.insert(name) }
        }
        return clients
    }

    /// The first activity that is no custom status.
    static func activity(of presence: JSONView) -> JSONView? {
        presence["activities"]?.array?.first { $0["type"]?.int != Self.custom }
    }

    static func write(activity value: JSONView, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("type", value["type"]?.int ?? 0)
        writer.key("name")
        if let name = value["name"], name.kind == .string { writer.string(name) } else { writer.string("") }
        for name in texts {
            guard let text = value[name], text.kind == .string else { continue }
            writer.key(name)
            writer.string(text)
        }
        writer.endObject()
    }

    /// As `PresenceRecord.write`. Where in the writer's bytes the activity stands; nothing where there is none.
    func write(into writer: inout JSONWriter) -> Range<Int> {
        writer.key("status")
        switch status {
        case 1: writer.string("online")
        case 2: writer.string("idle")
        case 3: writer.string("dnd")
        default: writer.string("offline")
        }
        writer.key("clients")
        clients.write(into: &writer)
        writer.key("activity")
        guard let activity else {
            writer.null()
            return 0..<0
        }
        let start = writer.count
        Self.write(activity: activity, into: &writer)
        return start..<writer.count
    }

    /// The record as `PresenceRecord.pack` packs it, with the activity as it was written; nil: offline.
    func packed(activity bytes: ArraySlice<UInt8>) -> [UInt8]? {
        guard isOnline else { return nil }
        var packer = Packer()
        packer.byte(
            status | (activity == nil ? 0 : PresenceRecord.activityBit)
                | (clients.others.isEmpty ? 0 : PresenceRecord.othersBit)
        )
        packer.byte(clients.bits)
        clients.packOthers(into: &packer)
        if activity != nil { packer.blob(bytes) }
        return packer.bytes
    }
}

extension ClientNames {
    mutating func insert(_ name: JSONView) {
        guard let bit = Self.bit(of: name), bits & bit == 0 else { return insert(name.string ?? "") }
        insert(bit: bit)
    }

    /// Of a name that is known, in the order of `known`.
    private static func bit(of name: JSONView) -> UInt8? {
        if name.isText("desktop") { return 1 }
        if name.isText("mobile") { return 4 }
        if name.isText("web") { return 16 }
        if name.isText("embedded") { return 2 }
        return name.isText("vr") ? 8 : nil
    }

    func write(into writer: inout JSONWriter) {
        writer.beginArray()
        if others.isEmpty {
            if bits & 1 != 0 { writer.string("desktop") }
            if bits & 2 != 0 { writer.string("embedded") }
            if bits & 4 != 0 { writer.string("mobile") }
            if bits & 8 != 0 { writer.string("vr") }
            if bits & 16 != 0 { writer.string("web") }
        } else {
            for client in sorted { writer.string(client) }
        }
        writer.endArray()
    }

    func packOthers(into packer: inout Packer) {
        guard !others.isEmpty else { return }
        packer.count(others.count)
        for name in others { packer.text(name) }
    }
}
