internal import Base
internal import JSON

/// What channels hide, and from whom.
extension ChurnMachine {
    /// One overwrite of one channel, as somebody in its settings would change it.
    mutating func overwrites(_ guild: Guild, _ now: Instant) -> [Change] {
        let all = guild.channels.ids.filter { guild.access[$0]?.type != 4 }
        let hidden = all.filter { !guild.mayView(nil, $0, at: now.unixMilliseconds) }
        // Most of the guild stays open.
        let crowded = hidden.count * 5 > all.count * 2
        let draw = number(100)
        guard let channel = pick(crowded && draw < 35 ? hidden : all), let access = guild.access[channel]
        else {
            return []
        }
        var list = access.overwrites
        switch draw {
        case 0..<35:
            let shows = !guild.mayView(nil, channel, at: now.unixMilliseconds)
            set(&list, Overwrite(role: guild.id), .viewChannel, shows ? .neutral : .denied)
        case 35..<50:
            let kind: Permissions = access.isVoice && chance(70) ? .connect : .readMessageHistory
            toggle(&list, Overwrite(role: guild.id), kind)
        case 50..<72:
            guard let role = pick(guild.roles.ids.filter { isOrdinary($0, guild) }) else { return [] }
            toggle(&list, Overwrite(role: role), kind(access))
        default:
            guard let member = target(guild) else { return [] }
            toggle(&list, Overwrite(member: member.id), kind(access))
        }
        // The first is nearly always @everyone's; the oldest of the others gives way.
        if list.count > 12 { list.remove(at: list[0].id == guild.id ? 1 : 0) }
        guard list != access.overwrites else { return [] }
        let bytes = JSONText.array(list.map(\.json))
        return [
            Change("CHANNEL_UPDATE") { fields in
                fields.set("id", channel)
                fields["permission_overwrites"] = bytes
            }
        ]
    }

    private enum Setting { case allowed, denied, neutral }

    private mutating func kind(_ access: ChannelAccess) -> Permissions {
        switch number(10) {
        case 0..<7: .viewChannel
        case 7..<9: access.isVoice ? .connect : .readMessageHistory
        default: .manageThreads
        }
    }

    /// To one of the two settings that it does not have.
    private mutating func toggle(_ list: inout [Overwrite], _ whose: Overwrite, _ kind: Permissions) {
        let held = list.first { $0.id == whose.id }
        let settings: [Setting] =
            if held?.allow.contains(kind) == true {
                [.denied, .neutral]
            } else if held?.deny.contains(kind) == true { [.allowed, .neutral] } else { [.allowed, .denied] }
        set(&list, whose, kind, settings[number(2)])
    }

    private func set(_ list: inout [Overwrite], _ whose: Overwrite, _ kind: Permissions, _ setting: Setting) {
        var overwrite = list.first { $0.id == whose.id } ?? whose
        overwrite.allow.subtract(kind)
        overwrite.deny.subtract(kind)
        switch setting {
        case .allowed: overwrite.allow.formUnion(kind)
        case .denied: overwrite.deny.formUnion(kind)
        case .neutral: break
        }
        let place = list.firstIndex { $0.id == whose.id }
        let isEmpty = overwrite.allow.isEmpty && overwrite.deny.isEmpty
        switch place {
        case .some(let place) where isEmpty: list.remove(at: place)
        case .some(let place): list[place] = overwrite
        case .none where !isEmpty: list.append(overwrite)
        case .none: break
        }
    }

    /// Private ones: for a role, or for one member.
    mutating func channelMadeOrDeleted(_ guild: Guild, _ now: Instant) -> [Change] {
        channels.removeAll { !guild.owns(channel: $0) }
        if channels.count >= 6 || !channels.isEmpty && chance(45) {
            let channel = channels.remove(at: number(channels.count))
            return [Change("CHANNEL_DELETE") { $0.set("id", channel) }]
        }
        let isVoice = chance(40)
        let allowed: Permissions = isVoice ? [.viewChannel, .connect] : .viewChannel
        var guests: [Overwrite] = []
        if chance(50) {
            guests = target(guild).map { [Overwrite(member: $0.id, allow: allowed)] } ?? []
        } else if let role = pick(guild.roles.ids.filter { isOrdinary($0, guild) }) {
            guests = [Overwrite(role: role, allow: allowed)]
        }
        let id = newID(now)
        channels.append(id)
        let bytes = JSONText.array(([Overwrite(role: guild.id, deny: allowed)] + guests).map(\.json))
        let name = isVoice ? "Room \(lastNumber)" : "room-\(lastNumber)"
        return [
            Change("CHANNEL_CREATE") { fields in
                fields.set("id", id)
                fields.set("type", isVoice ? 2 : 0)
                fields.set("name", name)
                fields["permission_overwrites"] = bytes
                if isVoice {
                    fields.set("bitrate", 64_000)
                    fields.set("user_limit", 0)
                    fields.setNull("rtc_region")
                }
            }
        ]
    }
}
