internal import Base
package import EventModels
internal import JSON
package import PostgresClient

/// An event as a row of its table. Pure: what is stored is decided here.
package enum EventRow {
    /// Writes the row of an event whose table this is.
    static func write(
        _ event: StreamEvent,
        _ table: EventTable,
        _ place: RowPlace,
        storesContent: Bool,
        into sink: inout some RowSink
    ) throws(RowProblem) {
        guard let payload = event.payload else { throw .unfit("the payload is no JSON") }
        place.write(event, into: &sink)
        try payload.withView { view throws(RowProblem) in
            let fields = PayloadFields(view)
            if table != .presence { sink.text(String(event.name.drop { $0 != "." }.dropFirst())) }
            switch table {
            case .presence: try presence(fields, &sink)
            case .message: try message(fields, storesContent, &sink)
            case .voice: try voice(fields, &sink)
            case .member: try member(fields, &sink)
            case .role: try role(fields, &sink)
            }
        }
    }

    /// The row's values, for a statement.
    package static func values(
        _ event: StreamEvent,
        _ table: EventTable,
        shard: ShardName,
        storesContent: Bool
    ) throws(RowProblem) -> [PostgresValue] {
        var values: [PostgresValue] = []
        try write(event, table, RowPlace(shard), storesContent: storesContent, into: &values)
        return values
    }

    /// The envelope, for the dead letters; nil where it may hold what must not be stored.
    package static func keptEnvelope(of event: StreamEvent, storesContent: Bool) -> [UInt8]? {
        event.name.hasPrefix("message.") && !storesContent ? nil : event.envelope
    }

    /// The first columns of every table.
    package static func key(_ shard: ShardName, _ id: EventID) -> [PostgresValue] {
        [.text(shard.description), .bits(id.epoch), .bits(id.number)]
    }

    /// Nil for kinds that are not kept.
    package static func table(of kind: EventKind) -> EventTable? {
        switch kind {
        case .presenceUpdated: .presence
        case .messageCreated, .messageUpdated, .messageDeleted: .message
        case .voiceJoined, .voiceLeft, .voiceMoved, .voiceUpdated: .voice
        case .memberJoined, .memberLeft, .memberUpdated, .memberTimeout: .member
        case .roleGranted, .roleRevoked: .role
        case .reactionAdded, .reactionRemoved, .reactionCleared: nil
        case .channelCreated, .channelUpdated, .channelDeleted, .channelPermissions, .threadMembers: nil
        case .roleCreated, .roleUpdated, .roleDeleted: nil
        case .guildSynced, .guildUpdated, .guildUnavailable, .guildRemoved: nil
        case .pollVoted, .pollUnvoted, .typingStarted, .channelPins, .channelStatus, .channelCall,
            .stageStarted,
            .stageUpdated, .stageEnded, .scheduledEventCreated, .scheduledEventUpdated,
            .scheduledEventDeleted, .scheduledEventSubscribed, .scheduledEventUnsubscribed, .memberBanned,
            .memberUnbanned, .inviteCreated, .inviteDeleted, .automodExecuted, .automodRuleCreated,
            .automodRuleUpdated, .automodRuleDeleted, .auditLogged:
            nil
        case .milestoneReached, .interactionReceived, .settingsUpdated: nil
        case .overlayTested, .overlayUpdated: nil
        case .logGap, .eventQuarantined: nil
        }
    }

    private static func presence(_ fields: PayloadFields, _ sink: inout some RowSink) throws(RowProblem) {
        try fields.id("userId", &sink)
        fields.flag("bot", &sink)
        try fields.text("status", &sink)
        sink.text(fields.value["clients"]?.array?.compactMap(\.string).joined(separator: ",") ?? "")
        let activity = fields.value["activity"]
        if let type = activity?["type"]?.int64 { try sink.small(type) } else { sink.null() }
        if let name = activity?["name"], name.kind == .string { sink.text(name) } else { sink.null() }
        try fields.number("online", &sink)
    }

    private static func message(
        _ fields: PayloadFields,
        _ storesContent: Bool,
        _ sink: inout some RowSink
    ) throws(RowProblem) {
        try fields.id("channelId", &sink)
        try fields.id("messageId", &sink)
        fields.optionalID("userId", &sink)
        fields.optionalFlag("bot", &sink)
        fields.optionalID("replyTo", &sink)
        try fields.number("attachments", &sink)
        guard let content = fields.value["content"], content.kind == .string else {
            sink.null()
            return sink.null()
        }
        try sink.int(Int64(scalars(of: content)))
        if storesContent { sink.text(content) } else { sink.null() }
    }

    /// Of plain UTF-8 those bytes that begin one.
    private static func scalars(of string: JSONView) -> Int {
        guard let plain = unsafe string.plain else { return string.string?.unicodeScalars.count ?? 0 }
        var count = 0
        for index in 0..<plain.count where unsafe plain[index] & 0xC0 != 0x80 { count += 1 }
        return count
    }

    private static func voice(_ fields: PayloadFields, _ sink: inout some RowSink) throws(RowProblem) {
        try fields.id("userId", &sink)
        fields.flag("bot", &sink)
        try fields.id("channelId", &sink)
        fields.optionalID("fromChannelId", &sink)
        fields.flag("mute", &sink)
        fields.flag("deaf", &sink)
        fields.flag("selfMute", &sink)
        fields.flag("selfDeaf", &sink)
        fields.flag("streaming", &sink)
        fields.flag("video", &sink)
        fields.flag("suppress", &sink)
        fields.flag("synthetic", &sink)
    }

    private static func member(_ fields: PayloadFields, _ sink: inout some RowSink) throws(RowProblem) {
        try fields.id("userId", &sink)
        fields.flag("bot", &sink)
        fields.optionalFlag("pending", &sink)
        try fields.number("members", &sink)
        if let end = fields.value["timeoutUntil"]?.string { try sink.time(end) } else { sink.null() }
    }

    private static func role(_ fields: PayloadFields, _ sink: inout some RowSink) throws(RowProblem) {
        try fields.id("userId", &sink)
        fields.flag("bot", &sink)
        try fields.id("roleId", &sink)
        try fields.text("roleName", &sink)
    }
}

/// What each row begins with: the shard, whose name is made once, and the event's id, time and guild.
struct RowPlace: Sendable {
    private let shard: String

    init(_ shard: ShardName) { self.shard = shard.description }

    func write(_ event: StreamEvent, into sink: inout some RowSink) {
        sink.text(shard)
        sink.bits(event.id.epoch)
        sink.bits(event.id.number)
        sink.timestamp(milliseconds: event.ts)
        sink.bits(event.guild.rawValue)
    }
}

extension PostgresValue {
    /// As `RowSink.bits`.
    static func bits(_ value: UInt64) -> PostgresValue { .int(Int64(bitPattern: value)) }
}

/// A payload's fields as values.
private struct PayloadFields {
    let value: JSONView

    init(_ value: JSONView) { self.value = value }

    func id(_ name: StaticString, _ sink: inout some RowSink) throws(RowProblem) {
        guard let id = value[name]?.snowflake else { throw .unfit("\(name) is missing") }
        sink.bits(id.rawValue)
    }

    func text(_ name: StaticString, _ sink: inout some RowSink) throws(RowProblem) {
        guard let text = value[name], text.kind == .string else { throw .unfit("\(name) is missing") }
        sink.text(text)
    }

    func optionalID(_ name: StaticString, _ sink: inout some RowSink) {
        if let id = value[name]?.snowflake { sink.bits(id.rawValue) } else { sink.null() }
    }

    func optionalFlag(_ name: StaticString, _ sink: inout some RowSink) {
        if let flag = value[name]?.bool { sink.bool(flag) } else { sink.null() }
    }

    func flag(_ name: StaticString, _ sink: inout some RowSink) { sink.bool(value[name]?.bool ?? false) }

    func number(_ name: StaticString, _ sink: inout some RowSink) throws(RowProblem) {
        if let number = value[name]?.int64 { try sink.int(number) } else { sink.null() }
    }
}
