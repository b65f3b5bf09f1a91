/// Discord's permissions as its documentation tells them, on plain numbers: simple, slow, and without anything of the
/// product, so that the two can be held against each other.
struct Rules: Equatable {
    struct Entry: Hashable {
        let id: UInt64
        let isMember: Bool
        var allow: UInt64
        var deny: UInt64
    }

    struct Room: Equatable {
        var type: Int
        var parent: UInt64?
        var overwrites: [Entry] = []
        /// Of a private thread.
        var members: Set<UInt64> = []

        var isVoice: Bool { type == 2 || type == 13 }
        var isThread: Bool { type >= 10 && type <= 12 }
    }

    /// A member, or with nil nobody in particular.
    struct Who: Equatable {
        var id: UInt64?
        var roles: Set<UInt64> = []
        /// Unix milliseconds.
        var timedOutUntil: Int64?

        static let everyone = Who(id: nil)
    }

    var guild: UInt64
    var owner: UInt64?
    /// Permissions by role, @everyone's under the guild's id.
    var roles: [UInt64: UInt64] = [:]
    var rooms: [UInt64: Room] = [:]

    static let administrator: UInt64 = 1 << 3
    static let manageChannels: UInt64 = 1 << 4
    /// BAN_MEMBERS, MANAGE_GUILD, VIEW_AUDIT_LOG.
    static let rights: UInt64 = 1 << 2 | 1 << 5 | 1 << 7
    static let view: UInt64 = 1 << 10
    static let history: UInt64 = 1 << 16
    static let connect: UInt64 = 1 << 20
    static let manageThreads: UInt64 = 1 << 34

    /// What someone may do in a channel; all bits for who may do everything.
    func permissions(of who: Who, in id: UInt64, at now: Int64) -> UInt64 {
        guard let room = rooms[id] else { return 0 }
        if let user = who.id, user == owner { return .max }
        guard let base = roles[guild] else { return 0 }
        var permissions = base
        for (role, more) in roles where who.roles.contains(role) { permissions |= more }
        if permissions & Self.administrator != 0 { return .max }
        var ruling = room
        if room.isThread {
            guard let parent = room.parent, let above = rooms[parent], !above.isThread else { return 0 }
            ruling = above
        }
        for entry in ruling.overwrites where !entry.isMember && entry.id == guild {
            permissions &= ~entry.deny
            permissions |= entry.allow
        }
        var (allowed, denied): (UInt64, UInt64) = (0, 0)
        for entry in ruling.overwrites where !entry.isMember && who.roles.contains(entry.id) {
            allowed |= entry.allow
            denied |= entry.deny
        }
        permissions = (permissions & ~denied) | allowed
        for entry in ruling.overwrites where entry.isMember && entry.id == who.id {
            permissions &= ~entry.deny
            permissions |= entry.allow
        }
        // What is taken from who is timed out is taken before a private thread asks for MANAGE_THREADS.
        if let until = who.timedOutUntil, now < until { permissions &= Self.view | Self.history }
        if room.type == 12, permissions & Self.manageThreads == 0 {
            guard let user = who.id, room.members.contains(user) else { return 0 }
        }
        return permissions & Self.view == 0 ? 0 : permissions
    }

    /// Of `rights`, what a member has in the guild.
    private func rights(of who: Who, at now: Int64) -> UInt64 {
        guard let user = who.id else { return 0 }
        var permissions = roles[guild] ?? 0
        for (role, more) in roles where who.roles.contains(role) { permissions |= more }
        if user == owner || roles[guild] != nil && permissions & Self.administrator != 0 {
            return Self.rights
        }
        if roles[guild] == nil { return 0 }
        if let until = who.timedOutUntil, now < until { return 0 }
        return permissions & Self.rights
    }

    /// What a member, or nobody in particular, is shown of the guild.
    func sight(of who: Who, at now: Int64) -> TrueSight {
        var sight = TrueSight(isMember: true)
        sight.rights = rights(of: who, at: now)
        for (id, room) in rooms {
            let permissions = permissions(of: who, in: id, at: now)
            guard permissions & Self.view != 0 else { continue }
            sight.view.insert(id)
            if who != .everyone, permissions & Self.manageChannels != 0 { sight.manage.insert(id) }
            guard !room.isVoice || permissions & Self.connect != 0 else { continue }
            sight.text.insert(id)
            if permissions & Self.history != 0 { sight.history.insert(id) }
        }
        return sight
    }
}

/// What somebody is shown of one guild, by specs/sight.md.
struct TrueSight: Equatable {
    /// Of the guild, or nobody in particular.
    var isMember = false
    var view: Set<UInt64> = []
    var text: Set<UInt64> = []
    var history: Set<UInt64> = []
    /// Whose invitations are shown.
    var manage: Set<UInt64> = []
    /// Bits of `Rules.rights`.
    var rights: UInt64 = 0

    static let nothing = TrueSight()

    /// Whether it becomes another one by more than channels that come and go.
    func changes(to next: TrueSight, stayed: (UInt64) -> Bool) -> Bool {
        isMember != next.isMember || rights != next.rights
            || view.symmetricDifference(next.view).contains(where: stayed)
            || text.symmetricDifference(next.text).contains(where: stayed)
            || history.symmetricDifference(next.history).contains(where: stayed)
            || manage.symmetricDifference(next.manage).contains(where: stayed)
    }
}
