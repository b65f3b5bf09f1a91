import Base
import JSON
import Simulator
import Testing

@Suite struct PermissionTests {
    private static let view: Permissions = .viewChannel

    /// A guild of one channel (20, with the thread 30 in it) and one member (40).
    private func permissions(
        everyone: Permissions = [.viewChannel, .sendMessages],
        roles: [(id: Int, granted: Permissions)] = [],
        overwrites: [Overwrite] = [],
        timedOut: Bool = false,
        owner: Int = 9,
        threadType: Int? = nil,
        joined: Bool = false
    ) throws -> Permissions {
        let list = ([(10, everyone)] + roles).map { #"{"id":"\#($0.0)","permissions":"\#($0.1.rawValue)"}"# }
        let held = roles.map { #""\#($0.id)""# }.joined(separator: ",")
        let until = timedOut ? #","communication_disabled_until":"2030-01-01T00:00:00+00:00""# : ""
        let access = overwrites.map { String(decoding: $0.json, as: UTF8.self) }.joined(separator: ",")
        let thread = threadType.map { #"{"id":"30","type":\#($0),"parent_id":"20"}"# } ?? ""
        var bench = CoreBench(members: 2)
        _ = try bench.happen(
            "GUILD_CREATE",
            """
            {"id":"10","owner_id":"\(owner)","roles":[\(list.joined(separator: ","))],
            "members":[{"user":{"id":"40"},"roles":[\(held)]\(until)}],"threads":[\(thread)],
            "channels":[{"id":"20","type":0,"permission_overwrites":[\(access)]}]}
            """
        )
        if joined {
            _ = try bench.happen("THREAD_MEMBERS_UPDATE", #"{"id":"30","added_members":[{"user_id":"40"}]}"#)
        }
        return bench.core.world.guilds[1].permissions(
            of: Snowflake(40),
            in: Snowflake(threadType == nil ? 20 : 30),
            at: bench.now.unixMilliseconds
        )
    }

    @Test func `follows Discord's order`() throws {
        let everyone = Overwrite(role: Snowflake(10), deny: .viewChannel)
        #expect(try permissions() == [.viewChannel, .sendMessages])
        #expect(try permissions(overwrites: [everyone]) == [])
        let allow = Overwrite(role: Snowflake(11), allow: .viewChannel)
        let deny = Overwrite(role: Snowflake(12), deny: .viewChannel)
        let both: [(id: Int, granted: Permissions)] = [(11, []), (12, [])]
        #expect(try permissions(roles: both, overwrites: [everyone, allow, deny]).contains(.viewChannel))
        #expect(try permissions(roles: both, overwrites: [everyone, deny]) == [])
        let member = Overwrite(member: Snowflake(40), deny: .viewChannel)
        #expect(try permissions(roles: both, overwrites: [allow, member]) == [])
        #expect(try permissions(roles: [(12, .administrator)], overwrites: [deny, member]) == .all)
        #expect(try permissions(overwrites: [member], owner: 40) == .all)
    }

    @Test func `knows time-outs and threads`() throws {
        #expect(try permissions(timedOut: true) == .viewChannel)
        #expect(try permissions(roles: [(11, .administrator)], timedOut: true) == .all)
        #expect(try permissions(threadType: 11).contains(.viewChannel))
        #expect(try permissions(threadType: 12) == [])
        #expect(try permissions(threadType: 12, joined: true).contains(.viewChannel))
        #expect(try permissions(roles: [(11, .manageThreads)], threadType: 12).contains(.viewChannel))
        let hidden = [Overwrite(role: Snowflake(10), deny: .viewChannel)]
        #expect(try permissions(overwrites: hidden, threadType: 12, joined: true) == [])
    }

    @Test(arguments: [UInt64(1), 2, 3]) func `lays out a guild with something to hide`(seed: UInt64) throws {
        let guild = WorldBuilder.build(seed: seed, guilds: 1, members: 200).guilds[0]
        func channel(_ name: String) throws -> Snowflake {
            let place = try #require(
                guild.channels.values.firstIndex { $0.string("name") == name },
                "\(name)"
            )
            return guild.channels.ids[place]
        }
        func may(_ user: Snowflake?, _ name: String) throws -> Permissions {
            guild.permissions(of: user, in: try channel(name), at: WorldBuilder.botJoined)
        }
        for name in ["staff-room", "Staff Voice", "vip-lounge", "VIP Voice", "one-to-one", "Sound Booth"] {
            #expect(try may(nil, name) == [], "\(name)")
        }
        #expect(
            try may(nil, "Green Room").isSuperset(of: .viewChannel)
                && !may(nil, "Green Room").contains(.connect)
        )
        let passing = try guild.members.ids.map { try may($0, "passing-by") }.filter {
            $0 != .all && $0 != []
        }
        #expect(passing.count > 100 && passing.allSatisfy { !$0.contains(.readMessageHistory) })
        let watched = guild.watched
        let people = guild.members.ids.filter { $0 != guild.ownerID && $0 != guild.botID }
        #expect(watched == Array(people.sorted().prefix(8)))
        #expect(
            try may(watched[0], "one-to-one").contains(.viewChannel) && may(watched[0], "vip-lounge") == []
        )
        #expect(try may(watched[1], "surprise-party").contains(.viewChannel))
        #expect(try guild.members.ids.contains { try may($0, "surprise-party") == [] })
        #expect(try may(watched[2], "staff-room").contains([.viewChannel, .manageThreads]))
        #expect(try may(watched[3], "vip-lounge").contains(.viewChannel))
        #expect(guild.permissions(of: watched[4]) == .all && guild.members[watched[5]]?.roles == [])
        let open = guild.textChannels.filter { guild.mayView(nil, $0, at: WorldBuilder.botJoined) }
        #expect(open.count * 3 >= guild.textChannels.count * 2)
        let types = guild.threads.ids.compactMap { guild.access[$0]?.type }
        #expect(Set(types) == [10, 11, 12])
        for thread in guild.threads.ids { #expect(guild.threadMembers[thread]?.isEmpty == false) }
    }

    @Test func `reads the times that it writes`() {
        for time in [Int64(0), 1_439_227_597_529, 1_709_251_199_999, 1_790_000_000_001] {
            #expect(Timestamp.unixMilliseconds(Timestamp.text(unixMilliseconds: time)) == time)
        }
        #expect(Timestamp.unixMilliseconds("2015-08-10T17:26:37Z") == 1_439_227_597_000)
        #expect(Timestamp.unixMilliseconds("2015-08-10T17:26:37.5+00:00") == 1_439_227_597_500)
        for text in ["", "soon", "2015-08-10T17:26:37+02:00", "2015-13-10T17:26:37Z"] {
            #expect(Timestamp.unixMilliseconds(text) == nil, "\(text)")
        }
    }
}
