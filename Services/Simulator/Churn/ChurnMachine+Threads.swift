internal import Base
internal import JSON

/// Threads, and who is in the private ones.
extension ChurnMachine {
    mutating func threadMadeOrEnded(_ guild: Guild, _ now: Instant) -> [Change] {
        threads.removeAll { !guild.threads.contains($0) }
        guard threads.count >= 8 || !threads.isEmpty && chance(45) else { return threadMade(guild, now) }
        let thread = threads.remove(at: number(threads.count))
        if chance(60) { return [Change("THREAD_DELETE") { $0.set("id", thread) }] }
        let time = Timestamp.text(unixMilliseconds: now.unixMilliseconds)
        return [
            Change("THREAD_UPDATE") { fields in
                fields.set("id", thread)
                fields["thread_metadata"] = JSONText.object { writer in
                    writer.member("archived", true)
                    writer.member("archive_timestamp", time)
                }
            }
        ]
    }

    /// Whoever makes a thread is its first member; into a private one they take others along.
    private mutating func threadMade(_ guild: Guild, _ now: Instant) -> [Change] {
        guard let parent = pick(guild.textChannels) else { return [] }
        func sees(_ member: Member) -> Bool { guild.mayView(member.id, parent, at: now.unixMilliseconds) }
        guard let maker = target(guild, where: sees) else { return [] }
        let isPrivate = chance(65)
        var joined = [maker.id]
        for _ in 0..<(isPrivate ? 1 + number(3) : 0) {
            guard let other = target(guild, where: sees), !joined.contains(other.id) else { continue }
            joined.append(other.id)
        }
        let id = newID(now)
        threads.append(id)
        let name = "thread \(lastNumber)"
        return [
            Change("THREAD_CREATE") { fields in
                fields.set("id", id)
                fields.set("parent_id", parent)
                fields.set("type", isPrivate ? 12 : 11)
                fields.set("name", name)
                fields.set("owner_id", maker.id)
                fields.complete(with: Guild.plainThread(type: isPrivate ? 12 : 11, owner: maker.id, now: now))
            },
            membership(id, adding: joined.sorted(), removing: []),
        ]
    }

    /// Somebody is added to a thread, or leaves it; rather a private one.
    mutating func threadMembers(_ guild: Guild, _ now: Instant) -> [Change] {
        let hidden = guild.threads.ids.filter { guild.access[$0]?.isPrivateThread == true }
        guard let thread = pick(chance(80) && !hidden.isEmpty ? hidden : guild.threads.ids),
            let parent = guild.access[thread]?.parent
        else { return [] }
        let joined = guild.threadMembers[thread]
        let removes = chance(45)
        let fit = target(guild) { member in
            let isIn = joined?.contains(member.id) == true
            return isIn == removes && (removes || guild.mayView(member.id, parent, at: now.unixMilliseconds))
        }
        guard let member = fit?.id else { return [] }
        return [membership(thread, adding: removes ? [] : [member], removing: removes ? [member] : [])]
    }

    private func membership(_ thread: Snowflake, adding: [Snowflake], removing: [Snowflake]) -> Change {
        Change("THREAD_MEMBERS_UPDATE") { fields in
            fields.set("id", thread)
            if !adding.isEmpty {
                let added = adding.map { user in JSONText.object { $0.member("user_id", user) } }
                fields["added_members"] = JSONText.array(added)
            }
            if !removing.isEmpty { fields.set("removed_member_ids", removing) }
        }
    }
}
