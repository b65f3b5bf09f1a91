import Base
import EventModels
import Testing
import Web

/// What the bot may not do in a guild.
@Suite struct BotLacksTests {
    private static let role = Snowflake(60)
    private static let all = Set([20, 21, 30, 31, 40, 41].map { Snowflake($0) })

    /// Text 20, voice 21, hidden from @everyone 30 (text) and 31 (voice); category 40, thread 41 in 20.
    private static func state(_ permissions: Permissions) -> GuildState {
        var state = Guild.state()
        for (id, type) in [(40, 4), (41, 11)] as [(UInt64, Int)] {
            state.channels[Snowflake(id)] = Channel(
                id: Snowflake(id),
                name: "c\(id)",
                type: type,
                parentID: id == 41 ? Snowflake(20) : nil,
                position: Int(id),
                topic: nil
            )
        }
        state.roles[role] = Role(id: role, name: "Bot", permissions: permissions, position: 1, color: 0)
        return state
    }

    private static func lacks(
        _ permissions: Permissions,
        shown: Set<Snowflake> = all,
        _ change: (inout GuildState) -> Void = { _ in }
    ) -> BotLacks {
        var state = state(permissions)
        change(&state)
        return BotLacks(state, bot: Viewer(id: Snowflake(501), roles: [role]), shown: shown, now: 1)
    }

    @Test func `with what the invite asks for it lacks hidden channels alone`() {
        let lacks = Self.lacks(BotNeeds.permissions)
        #expect(lacks.missing == [] && !lacks.isAdministrator)
        #expect(lacks.channels.map(\.id) == [Snowflake(30), Snowflake(31)])
        #expect(lacks.channels.allSatisfy { $0.missing == ["VIEW_CHANNEL"] })
    }

    @Test func `an administrator, and an owner, lack nothing`() {
        let administrator = Self.lacks(.administrator)
        #expect(administrator.isAdministrator && administrator.missing == [] && administrator.channels == [])
        let owner = Self.lacks([]) { $0.ownerID = Snowflake(501) }
        #expect(owner.isAdministrator && owner.channels == [])
    }

    @Test func `each need that is not met is named, with what it is for`() {
        for need in BotNeeds.all {
            // What @everyone of this guild has, the bot has.
            let everyone = Permissions(rawValue: Guild.view | Guild.history | Guild.connect)
            guard everyone.isDisjoint(with: need.permission) else { continue }
            let lacks = Self.lacks(BotNeeds.permissions.subtracting(need.permission))
            #expect(lacks.missing == [need], "\(need.name)")
            #expect(lacks.channels.allSatisfy { ![40, 41].contains($0.id.rawValue) }, "\(need.name)")
            let text = lacks.channels.first { $0.id == Snowflake(20) }?.missing ?? []
            let lost = need.permission == .sendMessages ? ["SEND_MESSAGES", "EMBED_LINKS"] : [need.name]
            #expect(text == (need.places.contains(.text) ? lost : []), "\(need.name)")
            let voice = lacks.channels.first { $0.id == Snowflake(21) }?.missing ?? []
            #expect(voice == (need.places.contains(.voice) ? [need.name] : []), "\(need.name)")
        }
    }

    @Test func `a channel's overwrites count, for the bot's role and for itself`() {
        let deny = Permissions([.sendMessages, .addReactions])
        let lacks = Self.lacks(BotNeeds.permissions) { state in
            state.overwrites[Snowflake(20)] = [
                Overwrite(id: Self.role, isMember: false, allow: [], deny: deny)
            ]
            state.overwrites[Snowflake(21)] = [
                Overwrite(id: Snowflake(501), isMember: true, allow: [], deny: .connect)
            ]
            state.overwrites[Snowflake(30)] = nil
            state.overwrites[Snowflake(31)] = nil
        }
        #expect(lacks.missing == [])
        #expect(lacks.channels.map(\.id) == [Snowflake(20), Snowflake(21)])
        #expect(
            lacks.channels.map(\.missing) == [
                ["SEND_MESSAGES", "EMBED_LINKS", "ADD_REACTIONS"], ["CONNECT"],
            ]
        )
    }

    @Test func `where all is denied, each kind of channel lacks what counts there, in Discord's order`() {
        let lacks = Self.lacks(BotNeeds.permissions) { state in
            let deny = BotNeeds.permissions.subtracting(.viewChannel)
            for id in [20, 21, 40, 41] as [UInt64] {
                let overwrite = Overwrite(id: Guild.id, isMember: false, allow: [], deny: deny)
                let own = Overwrite(id: Self.role, isMember: false, allow: [], deny: deny)
                state.overwrites[Snowflake(id)] = [overwrite, own]
            }
            state.channels[Snowflake(21)]?.position = 1
            state.channels[Snowflake(31)]?.position = 2
        }
        #expect(lacks.channels.map(\.id.rawValue) == [21, 31, 20, 30])
        let text = [
            "READ_MESSAGE_HISTORY", "SEND_MESSAGES", "SEND_MESSAGES_IN_THREADS", "EMBED_LINKS",
            "ADD_REACTIONS",
        ]
        let missing = [["CONNECT", "READ_MESSAGE_HISTORY"], ["VIEW_CHANNEL"], text, ["VIEW_CHANNEL"]]
        #expect(lacks.channels.map(\.missing) == missing)
    }

    @Test func `a bot that is timed out may do nothing but look`() {
        var viewer = Viewer(id: Snowflake(501), roles: [Self.role])
        viewer.timedOutUntil = 10
        let state = Self.state(BotNeeds.permissions)
        let lacks = BotLacks(state, bot: viewer, shown: Self.all, now: 1)
        #expect(!lacks.missing.isEmpty && lacks.channels.contains { $0.id == Snowflake(20) })
        #expect(BotLacks(state, bot: viewer, shown: Self.all, now: 10).missing == [])
    }

    @Test func `of channels that whoever asks does not see nothing is said`() {
        let lacks = Self.lacks(BotNeeds.permissions, shown: [Snowflake(20), Snowflake(30)])
        #expect(lacks.channels.map(\.id) == [Snowflake(30)])
    }
}
