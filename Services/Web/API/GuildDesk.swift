package import Base
package import EventModels

/// A guild as one viewer may have it now.
package struct GuildLook: Sendable {
    package let state: GuildState
    package let viewer: Viewer
    /// What they may see of its channels.
    package let sight: Sight
    /// In the guild as a whole.
    package let permissions: Permissions

    package init(state: GuildState, viewer: Viewer, now: Int64) {
        self.state = state
        self.viewer = viewer
        sight = Sight(of: state, for: viewer, at: now)
        permissions = viewer.isStranger ? [] : state.permissions(of: viewer, at: now)
    }

    package var isOwner: Bool { viewer.id != nil && viewer.id == state.ownerID }
    /// Who may see and change settings, keys and presets.
    package var canManage: Bool { isOwner || permissions.contains(.manageGuild) }
}

/// Answers what guilds there are and what somebody may have of one: the hub's state, and the member as the gateway knows them
/// now. Nothing is kept, so that a role that was taken counts at once.
package struct GuildDesk: Sendable {
    private let hub: Hub
    private let members: any MemberSource
    private let access: WebConfig.Access

    package init(hub: Hub, members: any MemberSource, access: WebConfig.Access) {
        self.hub = hub
        self.members = members
        self.access = access
    }

    /// The guild for a user, or for everyone where `user` is nil and the replica is open.
    ///
    /// Throws 404 for a guild that is not there or that they are no member of, 503 where nobody can say now.
    package func look(at guild: Snowflake, as user: Snowflake?, now: Int64) async throws(Problem) -> GuildLook
    {
        guard let place = await hub.place(of: guild) else {
            throw await hub.missing == nil ? .notFound("guild") : Self.notReady
        }
        guard let user else {
            guard access == .open else { throw Problem(401, SessionRefusal.missing.detail) }
            return GuildLook(state: place.state, viewer: .everyone, now: now)
        }
        guard let answer = await members.member(user, of: guild, in: place.shard) else {
            throw .unavailable(
                "The gateway does not answer who you are in this guild. Try again in a moment."
            )
        }
        guard let facts = answer.facts else { throw .notFound("guild") }
        let viewer = Viewer(id: user, roles: facts.roles, timedOutUntil: facts.timedOutUntil)
        // Asked again: what came while the gateway answered counts.
        guard let state = await hub.place(of: guild)?.state else { throw .notFound("guild") }
        return GuildLook(state: state, viewer: viewer, now: now)
    }

    /// As `look`, for whoever may manage the guild; 403 otherwise.
    package func manage(_ guild: Snowflake, as user: Snowflake, now: Int64) async throws(Problem) -> GuildLook
    {
        let look = try await look(at: guild, as: user, now: now)
        guard look.canManage else {
            throw .forbidden("This is for the guild's owner and for who may manage it (MANAGE_GUILD).")
        }
        return look
    }

    /// Every guild that this replica holds, sorted by id.
    package func guilds() async -> [Snowflake] { await hub.guilds }

    private static let notReady = Problem.unavailable("This replica does not know the guilds yet.")
}
