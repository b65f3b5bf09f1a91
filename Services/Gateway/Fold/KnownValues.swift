internal import Base
package import DiscordProtocol
internal import JSON

/// The values that Discord documents for the types, levels and states in dispatches. Another one is handed on as it is, or
/// passed over where nothing reads it, and counted: it may mean that something is said anew.
package enum KnownValues {
    /// Labels of a metric, so a closed list.
    package enum Name: String, CaseIterable, Sendable {
        case activityType = "activity_type"
        case auditAction = "audit_action"
        case autoModerationAction = "auto_moderation_action"
        case autoModerationEvent = "auto_moderation_event"
        case autoModerationTrigger = "auto_moderation_trigger"
        case channelType = "channel_type"
        case commandType = "command_type"
        case componentType = "component_type"
        case contentFilter = "explicit_content_filter"
        case entityType = "entity_type"
        case eventStatus = "event_status"
        case interactionType = "interaction_type"
        case inviteTarget = "invite_target_type"
        case messageType = "message_type"
        case multifactorLevel = "mfa_level"
        case notificationLevel = "default_message_notifications"
        case nsfwLevel = "nsfw_level"
        case overwriteType = "overwrite_type"
        case pollLayout = "poll_layout"
        case premiumTier = "premium_tier"
        case presenceStatus = "presence_status"
        case privacyLevel = "privacy_level"
        case reactionType = "reaction_type"
        case referenceType = "reference_type"
        case verificationLevel = "verification_level"
        case videoQuality = "video_quality_mode"
    }

    /// Of a list only so many are looked at.
    package static let listMax = 500

    /// What comes all the time, and costs about as much to look through as to read: of it one in `KnownFields.sampledOf`.
    package static func isSampled(_ kind: DispatchKind?) -> Bool {
        switch kind {
        case .presenceUpdate, .messageCreate, .typingStart, .voiceStateUpdate, .messageUpdate, .reactionAdd,
            .reactionRemove, .membersChunk:
            true
        default: false
        }
    }

    /// How many values of each kind are none that is documented; absent ones and null are none.
    package static func unknown(in dispatch: Dispatch) -> [Name: Int] {
        guard let kind = DispatchKind(name: dispatch.name) else { return [:] }
        var found = Found()
        found.look(at: dispatch.data, of: kind)
        return found.counts
    }

    /// Discord's documentation of August 2026. Presences' are texts.
    fileprivate static func isKnown(_ value: Int, _ name: Name) -> Bool {
        switch name {
        case .activityType: 0...5 ~= value
        case .auditAction: auditActions.contains { $0 ~= value }
        case .autoModerationAction: 1...4 ~= value
        case .autoModerationEvent: 1...2 ~= value
        case .autoModerationTrigger: value == 1 || 3...6 ~= value
        case .channelType: 0...5 ~= value || 10...16 ~= value
        case .commandType: 1...4 ~= value
        case .componentType: 1...14 ~= value || 17...19 ~= value || 21...23 ~= value
        case .contentFilter: 0...2 ~= value
        case .entityType: 1...3 ~= value
        case .eventStatus: 1...4 ~= value
        case .interactionType: 1...5 ~= value
        case .inviteTarget: 1...2 ~= value
        case .messageType: messageTypes.contains { $0 ~= value }
        case .multifactorLevel, .notificationLevel, .overwriteType, .reactionType, .referenceType:
            0...1 ~= value
        case .nsfwLevel, .premiumTier: 0...3 ~= value
        case .pollLayout: value == 1
        case .presenceStatus: false
        case .privacyLevel, .videoQuality: 1...2 ~= value
        case .verificationLevel: 0...4 ~= value
        }
    }

    private static let messageTypes = [0...12, 14...29, 31...32, 36...39, 44...44, 46...46]
    private static let auditActions = [
        1...1, 10...15, 20...28, 30...32, 40...42, 50...52, 60...62, 72...75, 80...85, 90...92, 100...102,
        110...112, 121...121, 130...132, 140...146, 150...151, 163...167, 190...193,
    ]
    fileprivate static let statuses: Set = ["online", "idle", "dnd", "offline", "invisible"]
}

/// What was found so far.
private struct Found {
    var counts: [KnownValues.Name: Int] = [:]

    mutating func look(at data: JSONValue, of kind: DispatchKind) {
        switch kind {
        case .guildCreate, .guildUpdate: guild(data)
        case .channelCreate, .channelUpdate, .threadCreate, .threadUpdate, .threadDelete: channel(data)
        case .threadListSync: each(data["threads"]) { $0.channel($1) }
        case .membersChunk: each(data["presences"]) { $0.presence($1) }
        case .presenceUpdate: presence(data)
        case .messageCreate, .messageUpdate: message(data)
        case .reactionAdd, .reactionRemove: check(data["type"], .reactionType)
        case .inviteCreate: check(data["target_type"], .inviteTarget)
        case .auditLogEntryCreate: check(data["action_type"], .auditAction)
        case .scheduledEventCreate, .scheduledEventUpdate, .scheduledEventDelete: event(data)
        case .stageCreate, .stageUpdate, .stageDelete: check(data["privacy_level"], .privacyLevel)
        case .autoModerationRuleCreate, .autoModerationRuleUpdate, .autoModerationRuleDelete:
            check(data["trigger_type"], .autoModerationTrigger)
            check(data["event_type"], .autoModerationEvent)
            each(data["actions"]) { $0.check($1["type"], .autoModerationAction) }
        case .autoModerationExecution:
            check(data["rule_trigger_type"], .autoModerationTrigger)
            check(data["action"]?["type"], .autoModerationAction)
        case .interactionCreate: interaction(data)
        default: break
        }
    }

    private mutating func guild(_ data: JSONValue) {
        check(data["verification_level"], .verificationLevel)
        check(data["default_message_notifications"], .notificationLevel)
        check(data["explicit_content_filter"], .contentFilter)
        check(data["mfa_level"], .multifactorLevel)
        check(data["nsfw_level"], .nsfwLevel)
        check(data["premium_tier"], .premiumTier)
        each(data["channels"]) { $0.channel($1) }
        each(data["threads"]) { $0.channel($1) }
        each(data["presences"]) { $0.presence($1) }
        each(data["guild_scheduled_events"]) { $0.event($1) }
        each(data["stage_instances"]) { $0.check($1["privacy_level"], .privacyLevel) }
    }

    private mutating func channel(_ data: JSONValue) {
        check(data["type"], .channelType)
        check(data["video_quality_mode"], .videoQuality)
        each(data["permission_overwrites"]) { $0.check($1["type"], .overwriteType) }
    }

    private mutating func presence(_ data: JSONValue) {
        status(data["status"])
        if let platforms = data["client_status"]?.object { for (_, value) in platforms { status(value) } }
        each(data["activities"]) { $0.check($1["type"], .activityType) }
    }

    private mutating func message(_ data: JSONValue) {
        check(data["type"], .messageType)
        check(data["message_reference"]?["type"], .referenceType)
        check(data["poll"]?["layout_type"], .pollLayout)
        each(data["components"]) { $0.check($1["type"], .componentType) }
    }

    private mutating func event(_ data: JSONValue) {
        check(data["privacy_level"], .privacyLevel)
        check(data["status"], .eventStatus)
        check(data["entity_type"], .entityType)
    }

    private mutating func interaction(_ data: JSONValue) {
        check(data["type"], .interactionType)
        if [2, 4].contains(data["type"]?.int) { check(data["data"]?["type"], .commandType) }
        check(data["data"]?["component_type"], .componentType)
    }

    // MARK: Values

    private mutating func check(_ value: JSONValue?, _ name: KnownValues.Name) {
        guard let value, !value.isNull else { return }
        guard value.int.map({ KnownValues.isKnown($0, name) }) != true else { return }
        counts[name, default: 0] += 1
    }

    private mutating func status(_ value: JSONValue?) {
        guard let value, !value.isNull else { return }
        guard value.string.map(KnownValues.statuses.contains) != true else { return }
        counts[.presenceStatus, default: 0] += 1
    }

    private mutating func each(_ list: JSONValue?, _ look: (inout Found, JSONValue) -> Void) {
        guard let list = list?.array else { return }
        for value in list.prefix(KnownValues.listMax) { look(&self, value) }
    }
}
