internal import Base
package import EventModels
internal import JSON
package import PostgresClient

/// An event as a row of its table. Pure: what is stored is decided here.
package struct EventRow: Sendable, Equatable {
    package let id: EventID
    package let name: String
    package let table: EventTable
    /// In the order of the table's columns.
    package let values: [PostgresValue]
    /// For the dead letters, should the row be refused; nil where it may hold what must not be stored.
    package let envelope: [UInt8]?

    /// Nil for kinds that are not kept.
    package init?(_ event: StreamEvent, shard: ShardName, storesContent: Bool) throws(RowProblem) {
        guard let kind = event.kind, let table = Self.table(of: kind) else { return nil }
        guard let payload = event.payload else { throw RowProblem(reason: "the payload is no JSON") }
        let fields = PayloadFields(payload)
        let action = PostgresValue.text(String(event.name.drop { $0 != "." }.dropFirst()))
        let own: [PostgresValue] =
            switch table {
            case .presence: try Self.presence(fields)
            case .message: [action] + (try Self.message(fields, storesContent))
            case .voice: [action] + (try Self.voice(fields))
            case .member: [action] + (try Self.member(fields))
            case .role: [action] + (try Self.role(fields))
            }
        id = event.id
        name = event.name
        self.table = table
        values =
            Self.key(shard, event.id) + [.timestamp(milliseconds: event.ts), .id(event.guild)] + own
        envelope = table == .message && !storesContent ? nil : event.envelope
    }

    /// The first columns of every table.
    package static func key(_ shard: ShardName, _ id: EventID) -> [PostgresValue] {
        [.text(shard.description), .bits(id.epoch), .bits(id.number)]
    }

    private static func table(of kind: EventKind) -> EventTable? {
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
        case .milestoneReached, .interactionReceived: nil
        case .logGap, .eventQuarantined: nil
        }
    }

    private static func presence(_ fields: PayloadFields) throws(RowProblem) -> [PostgresValue] {
        let activity = fields.value["activity"]
        let clients = fields.value["clients"]?.array.map { $0.compactMap(\.string) } ?? []
        return [
            try fields.id("userId"), fields.flag("bot"), try fields.text("status"),
            .text(clients.joined(separator: ",")), activity?["type"]?.int64.map { .int($0) } ?? .null,
            activity?["name"]?.string.map { .text($0) } ?? .null, fields.number("online"),
        ]
    }

    private static func message(
        _ fields: PayloadFields,
        _ storesContent: Bool
    ) throws(RowProblem) -> [PostgresValue] {
        let content = fields.value["content"]?.string
        return [
            try fields.id("channelId"), try fields.id("messageId"), fields.optionalID("userId"),
            fields.optionalFlag("bot"), fields.optionalID("replyTo"), fields.number("attachments"),
            content.map { .int(Int64($0.unicodeScalars.count)) } ?? .null,
            storesContent ? content.map { .text($0) } ?? .null : .null,
        ]
    }

    private static func voice(_ fields: PayloadFields) throws(RowProblem) -> [PostgresValue] {
        [
            try fields.id("userId"), fields.flag("bot"), try fields.id("channelId"),
            fields.optionalID("fromChannelId"), fields.flag("mute"), fields.flag("deaf"),
            fields.flag("selfMute"), fields.flag("selfDeaf"), fields.flag("streaming"), fields.flag("video"),
            fields.flag("suppress"), fields.flag("synthetic"),
        ]
    }

    private static func member(_ fields: PayloadFields) throws(RowProblem) -> [PostgresValue] {
        [
            try fields.id("userId"), fields.flag("bot"), fields.optionalFlag("pending"),
            fields.number("members"), fields.value["timeoutUntil"]?.string.map { .text($0) } ?? .null,
        ]
    }

    private static func role(_ fields: PayloadFields) throws(RowProblem) -> [PostgresValue] {
        [
            try fields.id("userId"), fields.flag("bot"), try fields.id("roleId"), try fields.text("roleName"),
        ]
    }
}

/// Why an event cannot be made a row.
package struct RowProblem: Error, Equatable {
    package let reason: String
}

extension PostgresValue {
    /// Sixty-four bits in a bigint; ids below 2^63, which all real ones are, keep their order.
    static func bits(_ value: UInt64) -> PostgresValue { .int(Int64(bitPattern: value)) }
    static func id(_ id: Snowflake) -> PostgresValue { .bits(id.rawValue) }
}

/// A payload's fields as values.
private struct PayloadFields {
    let value: JSONValue

    init(_ value: JSONValue) { self.value = value }

    func id(_ name: String) throws(RowProblem) -> PostgresValue {
        guard let id = value[name]?.snowflake else { throw RowProblem(reason: "\(name) is missing") }
        return .id(id)
    }

    func text(_ name: String) throws(RowProblem) -> PostgresValue {
        guard let text = value[name]?.string else { throw RowProblem(reason: "\(name) is missing") }
        return .text(text)
    }

    func optionalID(_ name: String) -> PostgresValue { value[name]?.snowflake.map { .id($0) } ?? .null }
    func optionalFlag(_ name: String) -> PostgresValue { value[name]?.bool.map { .bool($0) } ?? .null }
    func flag(_ name: String) -> PostgresValue { .bool(value[name]?.bool ?? false) }
    func number(_ name: String) -> PostgresValue { value[name]?.int64.map { .int($0) } ?? .null }
}
