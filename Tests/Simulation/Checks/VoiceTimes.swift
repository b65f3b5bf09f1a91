import Base
import EventModels
import JSON

/// Since when people are in their voice channels, by specs/events.md: what an event says of it, held against what the log said
/// before. Only of a log without a hole: what is missing there may have moved somebody.
struct VoiceTimes {
    /// The guild as the log told it before the event.
    let state: GuildState?

    /// What is wrong with the event; nil: nothing.
    func fault(_ event: StreamEvent) -> String? {
        guard let payload = event.payload else { return nil }
        let isSynthetic = payload["synthetic"]?.bool == true
        let since = payload["since"]?.int64
        switch event.kind {
        case .voiceJoined, .voiceMoved:
            guard since == (isSynthetic ? nil : event.ts) else { return "came at another time than its own" }
            guard event.kind == .voiceMoved, !isSynthetic,
                let held = held(payload, in: payload["fromChannelId"])
            else { return nil }
            return payload["fromSince"]?.int64 == held.since ? nil : "was there since another time"
        case .voiceUpdated, .voiceLeft:
            guard !isSynthetic, let held = held(payload, in: payload["channelId"]) else { return nil }
            return since == held.since ? nil : "is there since another time"
        case .guildSynced:
            return GuildState(payload).flatMap(fault)
        default: return nil
        }
    }

    /// Who is there already is so since then, or nobody knows it any more.
    private func fault(_ synced: GuildState) -> String? {
        for person in synced.voice.values where person.since != nil {
            let held = state?.voice[person.user.id]
            guard held?.channelID == person.channelID, held?.since == person.since else {
                return "has \(person.user.id) in voice since another time"
            }
        }
        return nil
    }

    private func held(_ payload: JSONValue, in channel: JSONValue?) -> VoiceState? {
        guard let user = payload["userId"]?.snowflake, let held = state?.voice[user] else { return nil }
        return held.channelID == channel?.snowflake ? held : nil
    }
}
