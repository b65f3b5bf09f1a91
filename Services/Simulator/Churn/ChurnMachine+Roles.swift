internal import Base
internal import JSON

/// What roles grant.
extension ChurnMachine {
    private static let kinds: [Permissions] = [.viewChannel, .readMessageHistory, .connect, .manageThreads]

    mutating func rolePermissions(_ guild: Guild) -> [Change] {
        if guild.granted[guild.id]?.contains(.viewChannel) == false, chance(60) {
            return update(guild.id, toggling: .viewChannel, guild)
        }
        let ordinary = guild.roles.ids.filter { isOrdinary($0, guild) }
        if chance(35) { return administrator(ordinary, guild) }
        if chance(25) {
            // Everybody's view goes for all channels at once: now and then, and not for long.
            let kind = chance(15) ? .viewChannel : Self.kinds[1 + number(2)]
            return update(guild.id, toggling: kind, guild)
        }
        guard let role = pick(ordinary) else { return [] }
        return update(role, toggling: Self.kinds[number(Self.kinds.count)], guild)
    }

    /// At most two roles make administrators; who has most of them is the first to lose it.
    private mutating func administrator(_ ordinary: [Snowflake], _ guild: Guild) -> [Change] {
        let admins = ordinary.filter { guild.granted[$0]?.contains(.administrator) == true }
        let others = ordinary.filter { !admins.contains($0) }
        guard let role = admins.count > 1 || !admins.isEmpty && chance(40) ? pick(admins) : pick(others)
        else {
            return []
        }
        return update(role, toggling: .administrator, guild)
    }

    private func update(_ role: Snowflake, toggling kind: Permissions, _ guild: Guild) -> [Change] {
        guard let granted = guild.granted[role] else { return [] }
        return [
            Change("GUILD_ROLE_UPDATE") { fields in
                fields["role"] = JSONText.object { writer in
                    writer.member("id", role)
                    writer.member("permissions", granted.symmetricDifference(kind).text)
                }
            }
        ]
    }

    mutating func roleMadeOrDeleted(_ guild: Guild, _ now: Instant) -> [Change] {
        roles.removeAll { !guild.roles.contains($0) }
        if roles.count >= 6 || !roles.isEmpty && chance(45) {
            let role = roles.remove(at: number(roles.count))
            return [Change("GUILD_ROLE_DELETE") { $0.set("role_id", role) }]
        }
        let id = newID(now)
        roles.append(id)
        let name = "Crew \(lastNumber)"
        let permissions = pick(Self.kinds.map(\.text) + ["0", "0"]) ?? "0"
        return [
            Change("GUILD_ROLE_CREATE") { fields in
                fields["role"] = JSONText.object { writer in
                    writer.member("id", id)
                    writer.member("name", name)
                    writer.member("permissions", permissions)
                    writer.member("position", 1)
                }
            }
        ]
    }
}
