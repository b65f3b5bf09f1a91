package import Base
package import EventModels

/// A guild as one viewer may have it now.
package struct GuildLook: Sendable {
    /// The guild as of one place of its shard's log; so is all the rest.
    package let place: GuildPlace
    package let viewer: Viewer
    /// What they may see of its channels; of a key that names channels, of those alone.
    package let sight: Sight
    /// In the guild as a whole, as a person; a key's are its maker's.
    package let permissions: Permissions
    package let key: KeyGrant?

    package init(place: GuildPlace, viewer: Viewer, now: Int64, key: KeyGrant? = nil) {
        self.place = place
        self.viewer = viewer
        self.key = key
        let sight = Sight(of: place.state, for: viewer, at: now)
        self.sight = key.map { $0.channels.isEmpty ? sight : sight.limited(to: $0.channels) } ?? sight
        permissions = viewer.isStranger ? [] : place.state.permissions(of: viewer, at: now)
    }

    package var state: GuildState { place.state }
    package var isOwner: Bool { viewer.id != nil && viewer.id == state.ownerID }
    /// Who may see and change settings, keys and presets.
    package var canManage: Bool { isOwner || permissions.contains(.manageGuild) }
    /// Whether nothing of the guild is hidden from them, also of channels that are gone: of those nobody else can tell any more
    /// who might see them.
    package var seesAll: Bool {
        (isOwner || permissions.contains(.administrator)) && (key?.channels.isEmpty ?? true)
    }
    package var subject: Subject { viewer.id.map { .user($0) } ?? .everyone }
    package var facts: MemberFacts? {
        viewer.id.map { _ in MemberFacts(roles: viewer.roles, timedOutUntil: viewer.timedOutUntil) }
    }
}

/// Answers what guilds there are and what somebody may have of one: the hub's state, and the member as the gateway knows them
/// now, both as of one place of the log. Nothing is kept, so that a role that was taken counts at once.
package struct GuildDesk: Sendable {
    let hub: Hub
    let members: any MemberSource
    private let access: WebConfig.Access
    package let pageRoom = PageRoom()

    package init(hub: Hub, members: any MemberSource, access: WebConfig.Access) {
        self.hub = hub
        self.members = members
        self.access = access
    }

    /// The guild for whoever calls: a key sees its own guild alone, in it what its maker sees, of the channels that it names.
    ///
    /// Throws 404 for a guild that is not there or that they are no member of, 503 where nobody can say now.
    package func look(at guild: Snowflake, for caller: Caller, now: Int64) async throws(Problem) -> GuildLook
    {
        if let key = caller.key, key.guild != guild { throw .notFound("guild") }
        return try await look(at: guild, as: caller.user, key: caller.key, now: now)
    }

    /// The guild for a user, or for everyone where `user` is nil and the replica is open.
    package func look(at guild: Snowflake, as user: Snowflake?, now: Int64) async throws(Problem) -> GuildLook
    {
        try await look(at: guild, as: user, key: nil, now: now)
    }

    private func look(at guild: Snowflake, as user: Snowflake?, key: KeyGrant?, now: Int64)
        async throws(Problem) -> GuildLook
    {
        guard user != nil || access == .open else { throw Problem(401, SessionRefusal.missing.detail) }
        guard let place = await hub.place(of: guild) else { throw await unknown(guild) }
        guard let user else { return GuildLook(place: place, viewer: .everyone, now: now) }
        guard let answer = await members.member(user, of: guild, in: place.shard) else {
            throw Self.silence
        }
        guard let settled = await hub.settle(answer, of: user, at: place) else {
            throw .unavailable("This replica is behind what the gateway says. Try again in a moment.")
        }
        guard let facts = settled.facts else { throw .notFound("guild") }
        let viewer = Viewer(id: user, roles: facts.roles, timedOutUntil: facts.timedOutUntil)
        return GuildLook(place: settled.place, viewer: viewer, now: now, key: key)
    }

    /// Of a guild that is not held the same is said as of one that they are no member of: nothing, while nobody could say it of the
    /// other.
    private func unknown(_ guild: Snowflake) async -> Problem {
        guard await hub.missing == nil else { return Self.notReady }
        guard access != .open, let shard = await hub.shardThatWouldHave(guild) else {
            return .notFound("guild")
        }
        return await members.isLinked(to: shard) ? .notFound("guild") : Self.silence
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

    static let notReady = Problem.unavailable("This replica does not know the guilds yet.")
    static let silence = Problem.unavailable(
        "The gateway does not answer who you are in this guild. Try again in a moment."
    )
}
