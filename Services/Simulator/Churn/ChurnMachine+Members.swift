internal import Base
internal import JSON

/// What happens to members: roles, time-outs, departure and return, and the guild changing hands.
extension ChurnMachine {
    mutating func memberRoles(_ guild: Guild) -> [Change] {
        guard let member = target(guild) else { return [] }
        let all = guild.roles.ids.filter { isOrdinary($0, guild) }
        let held = member.roles.filter { all.contains($0) }
        let admin = held.first { guild.granted[$0]?.contains(.administrator) == true }
        let revokes = held.count > 4 || !held.isEmpty && chance(50)
        var changed =
            revokes ? (chance(50) ? admin : nil) ?? pick(held) : pick(all.filter { !held.contains($0) })
        // Administrators see everything: with many of them there would be little left to hide.
        if !revokes, let role = changed, guild.granted[role]?.contains(.administrator) == true, chance(70) {
            changed = nil
        }
        guard let role = changed else { return [] }
        let roles = revokes ? member.roles.filter { $0 != role } : (member.roles + [role]).sorted()
        return [
            Change("GUILD_MEMBER_UPDATE") { fields in
                fields["user"] = JSONText.object { $0.member("id", member.id) }
                fields.set("roles", roles)
            }
        ]
    }

    /// Roles that can be given: not @everyone, not one that belongs to a bot.
    func isOrdinary(_ role: Snowflake, _ guild: Guild) -> Bool {
        role != guild.id && guild.roles[role]?.bool("managed") != true
    }

    /// From 5 s to 2 min, or its end before its time. Discord times out neither the owner nor administrators.
    mutating func timeOut(_ guild: Guild, _ now: Instant) -> [Change] {
        guard let member = target(guild, where: { guild.permissions(of: $0.id) != .all }) else { return [] }
        let lasts = member.timedOutUntil.map { $0 > now.unixMilliseconds } ?? false
        if lasts, chance(30) { return [] }
        let seconds = 5 + number(115)
        let until =
            lasts ? nil : Timestamp.text(unixMilliseconds: now.unixMilliseconds + Int64(seconds) * 1000)
        return [
            Change("GUILD_MEMBER_UPDATE") { fields in
                fields["user"] = JSONText.object { $0.member("id", member.id) }
                fields.set("communication_disabled_until", until)
            }
        ]
    }

    /// Who was sent away comes back without roles; a time-out lasts on.
    mutating func sendAwayOrBack(_ guild: Guild, _ now: Instant) -> [Change] {
        // Somebody may have come back by the control API.
        away.removeAll { guild.members.contains($0.member.id) }
        if away.count >= 4 || !away.isEmpty && chance(55) { return back(away.removeFirst(), now) }
        let owners = [guild.ownerID, founder]
        guard let member = target(guild, where: { !owners.contains($0.id) }) else { return [] }
        away.append(Absent(member: member, presence: guild.presences[member.id]))
        return [Change("GUILD_MEMBER_REMOVE") { $0["user"] = member.userJSON }]
    }

    private func back(_ absent: Absent, _ now: Instant) -> [Change] {
        let add = Change("GUILD_MEMBER_ADD") { fields in
            fields["user"] = absent.member.userJSON
            // Discord, "Guild Member Flags": DID_REJOIN.
            fields.set("flags", (absent.member.fields.int("flags") ?? 0) | 1)
            if let until = absent.member.timedOutUntil, until > now.unixMilliseconds {
                fields["communication_disabled_until"] = absent.member.fields["communication_disabled_until"]
            }
        }
        guard let presence = absent.presence else { return [add] }
        return [add, Change("PRESENCE_UPDATE") { $0.merge(presence) }]
    }

    mutating func owner(_ guild: Guild) -> [Change] {
        var next = founder.flatMap { guild.members.contains($0) ? $0 : nil }
        if guild.ownerID == founder { next = pick(guild.watched.filter { guild.members.contains($0) }) }
        guard let next, next != guild.ownerID else { return [] }
        return [Change("GUILD_UPDATE") { $0.set("owner_id", next) }]
    }
}
