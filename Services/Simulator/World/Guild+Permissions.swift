package import Base

/// Who may do what. Discord, "Permissions", "Threads".
extension Guild {
    package var ownerID: Snowflake? { fields.snowflake("owner_id") }

    /// What a member may do in a channel or thread; nil: who has no role but @everyone. Nothing for those who are no
    /// members, or where the channel or a thread's parent is not there.
    package func permissions(
        of user: Snowflake?,
        in channel: Snowflake,
        at unixMilliseconds: Int64
    ) -> Permissions {
        guard let access = access[channel] else { return [] }
        if let user, !members.contains(user) { return [] }
        let base = permissions(of: user)
        guard base != .all else { return .all }
        guard access.isThread else { return permissions(of: user, base, access, unixMilliseconds) }
        guard let parent = access.parent.flatMap({ self.access[$0] }), !parent.isThread else { return [] }
        let inherited = permissions(of: user, base, parent, unixMilliseconds)
        guard access.isPrivateThread, !inherited.contains(.manageThreads) else { return inherited }
        guard let user, threadMembers[channel]?.contains(user) == true else { return [] }
        return inherited
    }

    package func mayView(_ user: Snowflake?, _ channel: Snowflake, at unixMilliseconds: Int64) -> Bool {
        permissions(of: user, in: channel, at: unixMilliseconds).contains(.viewChannel)
    }

    /// Of the guild as a whole: `all` for the owner and administrators.
    package func permissions(of user: Snowflake?) -> Permissions {
        if let user, user == ownerID { return .all }
        var permissions = granted[id] ?? []
        for role in user.flatMap({ members[$0]?.roles }) ?? [] { permissions.formUnion(granted[role] ?? []) }
        return permissions.contains(.administrator) ? .all : permissions
    }

    private func permissions(
        of user: Snowflake?,
        _ base: Permissions,
        _ access: ChannelAccess,
        _ unixMilliseconds: Int64
    ) -> Permissions {
        var permissions = access.overwrite(of: id)?.applied(to: base) ?? base
        var roles = Overwrite(role: id)
        for role in user.flatMap({ members[$0]?.roles }) ?? [] where role != id {
            guard let overwrite = access.overwrite(of: role), !overwrite.isMember else { continue }
            roles.allow.formUnion(overwrite.allow)
            roles.deny.formUnion(overwrite.deny)
        }
        permissions = roles.applied(to: permissions)
        if let user, let own = access.overwrite(of: user), own.isMember {
            permissions = own.applied(to: permissions)
        }
        if let user, let until = members[user]?.timedOutUntil, until > unixMilliseconds {
            permissions.formIntersection(.timedOut)
        }
        return permissions.contains(.viewChannel) ? permissions : []
    }
}
