import Base
import EventModels
import Testing

@Suite struct PermissionsTests {
    private static let guild = Snowflake(100)
    private static let channel = Snowflake(1)
    private static let user = Snowflake(9)

    private static func role(_ id: UInt64, _ permissions: UInt64) -> Role {
        Role(
            id: Snowflake(id),
            name: "",
            permissions: Permissions(rawValue: permissions),
            position: 0,
            color: 0
        )
    }

    private static func overwrite(_ id: UInt64, member: Bool = false, allow: UInt64 = 0, deny: UInt64 = 0)
        -> Overwrite
    {
        Overwrite(
            id: Snowflake(id),
            isMember: member,
            allow: Permissions(rawValue: allow),
            deny: Permissions(rawValue: deny)
        )
    }

    private static func state(_ roles: [Role], _ overwrites: [Overwrite], type: Int = 0) -> GuildState {
        var state = GuildState(id: guild, ownerID: Snowflake(8))
        for role in roles { state.roles[role.id] = role }
        state.channels[channel] = Channel(
            id: channel,
            name: "",
            type: type,
            parentID: nil,
            position: 0,
            topic: nil
        )
        state.overwrites[channel] = overwrites
        return state
    }

    struct Vector: Sendable, CustomStringConvertible {
        let description: String
        let roles: [Role]
        let overwrites: [Overwrite]
        let expected: UInt64
    }

    /// With roles 20 and 21, and the viewer 9 who has both.
    static let vectors: [Vector] = [
        Vector(
            description: "@everyone is denied VIEW: sending is left of nothing",
            roles: [role(100, 3072)],
            overwrites: [overwrite(100, deny: 1024)],
            expected: 0
        ),
        Vector(
            description: "of two roles' overwrites the one that allows wins",
            roles: [role(100, 3072), role(20, 0), role(21, 0)],
            overwrites: [overwrite(100, deny: 1024), overwrite(20, allow: 1024), overwrite(21, deny: 1024)],
            expected: 3072
        ),
        Vector(
            description: "the member's own overwrite comes last",
            roles: [role(100, 3072), role(20, 0)],
            overwrites: [overwrite(20, allow: 1024), overwrite(9, member: true, deny: 1024)],
            expected: 0
        ),
        Vector(
            description: "an overwrite for a member outranks a role's",
            roles: [role(100, 2048), role(20, 1024)],
            overwrites: [overwrite(20, deny: 2048), overwrite(9, member: true, allow: 67584)],
            expected: 68608
        ),
        Vector(
            description: "an administrator has all",
            roles: [role(100, 3072), role(20, 8)],
            overwrites: [overwrite(100, deny: 1024), overwrite(9, member: true, deny: 1024)],
            expected: 8_866_461_766_385_663
        ),
        Vector(
            description: "a role's overwrite with the id of the viewer is not the viewer's",
            roles: [role(100, 1024)],
            overwrites: [overwrite(9, member: false, deny: 1024), overwrite(20, member: true, deny: 1024)],
            expected: 1024
        ),
    ]

    @Test(arguments: vectors) func `Discord's vectors`(_ vector: Vector) {
        let state = Self.state(vector.roles, vector.overwrites)
        let viewer = Viewer(id: Self.user, roles: [Snowflake(20), Snowflake(21), Snowflake(404)])
        #expect(state.permissions(of: viewer, in: Self.channel, at: 0).rawValue == vector.expected)
    }

    @Test func `an owner has all, whatever is denied and however long timed out`() {
        var state = Self.state([Self.role(100, 0)], [Self.overwrite(8, member: true, deny: 1024)])
        let owner = Viewer(id: Snowflake(8), timedOutUntil: .max)
        #expect(state.permissions(of: owner, in: Self.channel, at: 0) == .all)
        state.roles = [:]
        #expect(state.permissions(of: .everyone, in: Self.channel, at: 0) == [], "unknown is nobody")
    }

    @Test func `a time-out leaves looking and reading, until it ends`() {
        let state = Self.state([Self.role(100, 68608)], [])
        let viewer = Viewer(id: Self.user, timedOutUntil: 1000)
        #expect(state.permissions(of: viewer, in: Self.channel, at: 999).rawValue == 66560)
        #expect(state.permissions(of: viewer, in: Self.channel, at: 1000).rawValue == 68608)
    }

    @Test func `a time-out takes MANAGE_THREADS, and so the private threads of others`() {
        var state = Self.state([Self.role(100, 1024 | 1 << 34)], [])
        let thread = Snowflake(77)
        state.channels[thread] = Channel(
            id: thread,
            name: "",
            type: Channel.privateThread,
            parentID: Self.channel,
            position: 0,
            topic: nil
        )
        let viewer = Viewer(id: Self.user, timedOutUntil: 1000)
        #expect(!state.canView(thread, viewer, at: 999))
        #expect(state.canView(thread, viewer, at: 1000))
        state.threadMembers[thread] = [Self.user]
        #expect(state.canView(thread, viewer, at: 999))
    }

    @Test func `the overwrite of a role that is gone is nobody's`() {
        var state = Self.state([Self.role(100, 1024), Self.role(12, 0)], [Self.overwrite(12, deny: 1024)])
        let viewer = Viewer(id: Self.user, roles: [Snowflake(12)])
        #expect(!state.canView(Self.channel, viewer, at: 0))
        state.roles[Snowflake(12)] = nil
        #expect(state.canView(Self.channel, viewer, at: 0))
    }

    @Test func `the text of a voice channel needs CONNECT`() {
        for (permissions, expected) in [(66560, false), (66560 | 1 << 20, true)] as [(UInt64, Bool)] {
            let state = Self.state([Self.role(100, permissions)], [], type: 2)
            #expect(state.canReadHistory(of: Self.channel, .everyone, at: 0) == expected)
        }
    }

    /// In the guilds that `RandomGuild` makes, channel by channel.
    @Test func `a second implementation agrees`() {
        #if DEBUG
            let guilds: UInt64 = 1_000
        #else
            let guilds: UInt64 = 100_000
        #endif
        var seen = 0
        for seed in 0..<guilds {
            let random = RandomGuild(seed: seed)
            for channel in random.channels {
                let expected = random.permissions(in: channel.id)
                let found = random.state.permissions(
                    of: random.viewer,
                    in: Snowflake(channel.id),
                    at: random.now
                )
                if found.rawValue != expected {
                    Issue.record("seed \(seed), channel \(channel.id): \(found.rawValue), not \(expected)")
                    return
                }
                if expected != 0 { seen += 1 }
            }
        }
        #expect(seen > Int(guilds) / 2, "channels that are seen: \(seen)")
    }
}
