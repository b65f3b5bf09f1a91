internal import Base
internal import JSON

/// What a guild holds besides members, channels and roles, as GUILD_CREATE lists it: scheduled events, stages, sounds.
extension Guild {
    /// By the prefix of the dispatches that change it: the list in GUILD_CREATE, and what a thing's id is called.
    private static let holdings: [(prefix: String, list: String, id: String)] = [
        ("GUILD_SCHEDULED_EVENT_", "guild_scheduled_events", "id"),
        ("STAGE_INSTANCE_", "stage_instances", "id"),
        ("GUILD_SOUNDBOARD_SOUND_", "soundboard_sounds", "sound_id"),
    ]

    /// Takes over what a dispatch creates, updates or deletes, at most 100 of a kind. What is not said is as it was.
    mutating func changeHolding(_ name: String, _ d: inout JSONFields) {
        guard let kind = Self.holdings.first(where: { name.hasPrefix($0.prefix) }),
            ["CREATE", "UPDATE", "DELETE"].contains(String(name.dropFirst(kind.prefix.count))),
            let id = d.snowflake(kind.id)
        else { return }
        var held = fields.value(kind.list)?.array?.compactMap { JSONFields($0) } ?? []
        let known = held.firstIndex { $0.snowflake(kind.id) == id }
        if let known { d.complete(with: held[known]) }
        if name.hasSuffix("DELETE") {
            if let known { held.remove(at: known) }
        } else if let known {
            held[known] = d.without("guild_id")
        } else if held.count < 100 {
            held.append(d)
        }
        fields[kind.list] = JSONText.array(held.map { $0.encoded() })
    }

    /// Emojis and stickers come as whole lists; a voice channel's status and beginning are of the channel.
    mutating func changeList(_ name: String, _ d: JSONFields) {
        switch name {
        case "GUILD_EMOJIS_UPDATE": fields["emojis"] = d["emojis"] ?? fields["emojis"]
        case "GUILD_STICKERS_UPDATE": fields["stickers"] = d["stickers"] ?? fields["stickers"]
        case "VOICE_CHANNEL_STATUS_UPDATE", "VOICE_CHANNEL_START_TIME_UPDATE":
            let field = name.hasSuffix("STATUS_UPDATE") ? "status" : "voice_start_time"
            guard let id = d.snowflake("id"), var channel = channels[id] else { return }
            channel[field] = d[field]
            setChannel(id, channel)
        default: break
        }
    }

    /// `d` of CHANNEL_INFO: of each voice channel the fields that were asked for.
    package func channelInfo(_ wanted: [String]) -> [UInt8] {
        let list = voiceChannels.map { id in
            JSONText.object { writer in
                writer.member("id", id)
                for name in ["status", "voice_start_time"] where wanted.contains(name) {
                    writer.member(name, raw: channels[id]?[name] ?? JSONText.null)
                }
            }
        }
        return JSONText.object { writer in
            writer.member("guild_id", id)
            writer.member("channels", raw: JSONText.array(list))
        }
    }
}
