package import Base

/// Who looks at a guild: what permissions depend on besides the guild itself.
package struct Viewer: Sendable, Hashable {
    /// Nil: nobody in particular, who has what @everyone has.
    package var id: Snowflake?
    /// Without @everyone. Ids of roles that are gone are passed over.
    package var roles: Set<Snowflake>
    /// Unix milliseconds; nil: not timed out.
    package var timedOutUntil: Int64?
    /// Perhaps no member at all: what moderators do is none of theirs, even where @everyone may see it.
    package private(set) var isStranger = false

    package init(id: Snowflake?, roles: Set<Snowflake> = [], timedOutUntil: Int64? = nil) {
        self.id = id
        self.roles = roles
        self.timedOutUntil = timedOutUntil
    }

    package static let everyone: Viewer = {
        var viewer = Viewer(id: nil)
        viewer.isStranger = true
        return viewer
    }()
}

/// Discord's documentation, "Permissions", with what its pseudocode leaves to the text.
extension GuildState {
    /// In the guild as a whole: everything for the owner and for administrators, nothing where @everyone is not known.
    package func basePermissions(of viewer: Viewer) -> Permissions {
        if let user = viewer.id, user == ownerID { return .all }
        guard var permissions = roles[id]?.permissions else { return [] }
        for role in viewer.roles { permissions.formUnion(roles[role]?.permissions ?? []) }
        return permissions.contains(.administrator) ? .all : permissions
    }

    /// In the guild as a whole, less what a time-out takes; `now` in Unix milliseconds.
    package func permissions(of viewer: Viewer, at now: Int64) -> Permissions {
        let base = basePermissions(of: viewer)
        guard let until = viewer.timedOutUntil, now < until, !base.contains(.administrator) else {
            return base
        }
        return base.intersection(.timedOut)
    }

    /// In a channel or thread, `now` in Unix milliseconds. Nothing for a channel that is not known, and nothing at all
    /// without VIEW_CHANNEL.
    package func permissions(of viewer: Viewer, in channelID: Snowflake, at now: Int64) -> Permissions {
        guard let channel = channels[channelID] else { return [] }
        let base = basePermissions(of: viewer)
        guard !base.contains(.administrator) else { return .all }
        // A guild without @everyone is not known yet: overwrites alone say nothing.
        guard roles[id] != nil else { return [] }
        var permissions =
            channel.isThread ? inThread(channel, base, viewer, now) : inChannel(channelID, base, viewer, now)
        guard permissions.contains(.viewChannel) else { return [] }
        if !permissions.contains(.sendMessages) { permissions.subtract(.sending) }
        if channel.isVoice, !permissions.contains(.connect) { permissions.subtract(.voice) }
        return permissions
    }

    /// Overwrites: @everyone's, then those of roles all at once, then the member's own.
    /// A time-out takes of the result what it takes.
    private func inChannel(_ channel: Snowflake, _ base: Permissions, _ viewer: Viewer, _ now: Int64)
        -> Permissions
    {
        var (everyone, roles, own) = (Permissions.Change(), Permissions.Change(), Permissions.Change())
        for overwrite in overwrites[channel] ?? [] {
            switch (overwrite.isMember, overwrite.id) {
            case (false, id): everyone.add(overwrite)
            // Who had a role that was deleted has it no more, also where an overwrite still names it.
            case (false, let role) where viewer.roles.contains(role) && self.roles[role] != nil:
                roles.add(overwrite)
            case (true, let user) where user == viewer.id: own.add(overwrite)
            default: break
            }
        }
        let permissions = own.applied(to: roles.applied(to: everyone.applied(to: base)))
        guard let until = viewer.timedOutUntil, now < until else { return permissions }
        return permissions.intersection(.timedOut)
    }

    /// As in the parent; a private thread asks for membership or MANAGE_THREADS too, which a time-out takes.
    private func inThread(_ thread: Channel, _ base: Permissions, _ viewer: Viewer, _ now: Int64)
        -> Permissions
    {
        guard let parent = thread.parentID, let channel = channels[parent], !channel.isThread else {
            return []
        }
        var permissions = inChannel(parent, base, viewer, now)
        if thread.type == Channel.privateThread, !permissions.contains(.manageThreads),
            !isMember(viewer, of: thread.id)
        {
            return []
        }
        permissions.remove(.sendMessages)
        if permissions.contains(.sendMessagesInThreads) { permissions.insert(.sendMessages) }
        return permissions
    }

    private func isMember(_ viewer: Viewer, of thread: Snowflake) -> Bool {
        viewer.id.map { threadMembers[thread]?.contains($0) ?? false } ?? false
    }

    package func canView(_ channel: Snowflake, _ viewer: Viewer, at now: Int64) -> Bool {
        permissions(of: viewer, in: channel, at: now).contains(.viewChannel)
    }

    /// Whether what was written in the channel may be read back: voice channels also ask for CONNECT.
    package func canReadHistory(of channel: Snowflake, _ viewer: Viewer, at now: Int64) -> Bool {
        let permissions = permissions(of: viewer, in: channel, at: now)
        guard permissions.isSuperset(of: [.viewChannel, .readMessageHistory]) else { return false }
        return permissions.contains(.connect) || channels[channel]?.isVoice != true
    }

    package func everyoneCanView(_ channel: Snowflake) -> Bool { canView(channel, .everyone, at: 0) }

    package func everyoneCanReadHistory(of channel: Snowflake) -> Bool {
        canReadHistory(of: channel, .everyone, at: 0)
    }
}

extension Permissions {
    /// What overwrites of one kind come to together: an allow wins over a deny.
    fileprivate struct Change {
        private var allow: Permissions = []
        private var deny: Permissions = []

        mutating func add(_ overwrite: Overwrite) {
            allow.formUnion(overwrite.allow)
            deny.formUnion(overwrite.deny)
        }

        func applied(to permissions: Permissions) -> Permissions {
            permissions.subtracting(deny).union(allow)
        }
    }
}
