internal import Base
internal import EventModels
internal import JSON

extension FoldStep {
    /// No channel: left. Another channel: one event, `voice.moved`. The same: a switch changed, or nothing did.
    mutating func voiceStateUpdate(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        let user = try data.requiredID("user_id")
        let channel = try data.nullableID("channel_id")
        guard state.guilds.holds(guild) else { return }
        learn(data["member"], user: nil, guild)
        let before = state.guilds.voice(of: user, in: guild)
        let after = channel.map { channel in
            VoiceState(
                user: card(user, guild),
                channelID: channel,
                flags: VoiceFlags(discord: data),
                since: before?.channelID == channel ? before?.since : ts
            )
        }
        emitVoice(guild, from: before, to: after)
    }

    /// What is written above a voice channel; null: nothing any more.
    mutating func voiceChannelStatus(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        let channel = try data.requiredID("id")
        guard let status = data["status"] else { throw NotUnderstood("status") }
        emitInChannel(.channelStatus, guild, channel) { $0.member("status", status.string) }
    }

    /// Since when there is somebody in it; null: nobody any more.
    mutating func voiceChannelStart(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        let channel = try data.requiredID("id")
        let since = data["voice_start_time"].flatMap { $0.int }.flatMap { seconds in
            let (milliseconds, isTooLarge) = seconds.multipliedReportingOverflow(by: 1000)
            return isTooLarge ? nil : milliseconds
        }
        emitInChannel(.channelCall, guild, channel) { $0.member("since", since) }
    }

    /// The event that leads from one state to the other, if one does. `name` names channels that are no longer known.
    mutating func emitVoice(
        _ guild: Snowflake,
        from before: VoiceState?,
        to after: VoiceState?,
        name: ((Snowflake) -> String)? = nil
    ) {
        guard let shown = after ?? before else { return }
        let kind: EventKind
        switch (before, after) {
        case (nil, nil): return
        case (nil, _): kind = .voiceJoined
        case (_, nil): kind = .voiceLeft
        case (let before?, let after?) where before.channelID != after.channelID: kind = .voiceMoved
        case (let before?, let after?) where before != after: kind = .voiceUpdated
        default: return
        }
        let shownName = name?(shown.channelID) ?? channelName(shown.channelID, guild)
        let fromName = before.map { name?($0.channelID) ?? channelName($0.channelID, guild) }
        append(kind, guild) { writer in
            shown.write(into: &writer)
            writer.member("channelName", shownName)
            if kind == .voiceMoved {
                writer.member("fromChannelId", before?.channelID)
                writer.member("fromChannelName", fromName)
                writer.member("fromSince", before?.since)
            }
        }
        state.guilds.applyVoice(after, of: shown.user.id, in: guild)
    }
}

extension VoiceFlags {
    init(discord value: JSONView) {
        var flags: VoiceFlags = []
        let names: [(StaticString, VoiceFlags)] = [
            ("mute", .mute), ("deaf", .deaf), ("self_mute", .selfMute), ("self_deaf", .selfDeaf),
            ("self_stream", .streaming), ("self_video", .video), ("suppress", .suppress),
        ]
        for (name, flag) in names where value[name]?.bool == true { flags.insert(flag) }
        self = flags
    }
}
