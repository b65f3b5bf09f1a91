import Base
import JSON
import Simulator
import Testing

/// What a client that folds the dispatches over its GUILD_CREATE holds of everything that permissions depend on.
private struct Picture: Equatable {
    struct Person: Equatable {
        var roles: Set<Snowflake>
        var timeout: String?
    }
    struct Room: Equatable {
        var type: Int
        var parent: Snowflake?
        var overwrites: [String]
    }

    var owner: Snowflake?
    var roles: [Snowflake: String] = [:]
    var people: [Snowflake: Person] = [:]
    var rooms: [Snowflake: Room] = [:]
    /// Of threads, as far as it was told.
    var joined: [Snowflake: Set<Snowflake>] = [:]

    init(_ guild: Guild) throws {
        let bytes = guild.createPayload(intents: .all, largeThreshold: .max, bot: guild.botID)
        let d = try JSONDocument(parsing: bytes).root
        owner = d["owner_id"]?.snowflake
        for role in try #require(d["roles"]?.array) { learn(role: role) }
        for member in try #require(d["members"]?.array) { learn(person: member) }
        for room in [d["channels"], d["threads"]].compactMap({ $0?.array }).joined() { learn(room: room) }
    }

    private mutating func learn(role: JSONValue) {
        if let id = role["id"]?.snowflake { roles[id] = role["permissions"]?.string }
    }

    private mutating func learn(person: JSONValue) {
        guard let id = person["user"]?["id"]?.snowflake else { return }
        people[id] = Person(
            roles: Set(person["roles"]?.array?.compactMap(\.snowflake) ?? []),
            timeout: person["communication_disabled_until"]?.string
        )
    }

    private mutating func learn(room: JSONValue) {
        guard let id = room["id"]?.snowflake else { return }
        let overwrites = room["permission_overwrites"]?.array?.map { String(decoding: $0.raw, as: UTF8.self) }
        rooms[id] = Room(
            type: room["type"]?.int ?? -1,
            parent: room["parent_id"]?.snowflake,
            overwrites: overwrites ?? []
        )
    }

    mutating func hear(_ dispatch: Dispatch) throws {
        let d = try JSONDocument(parsing: dispatch.d).root
        let id = d["id"]?.snowflake
        switch dispatch.name {
        case "GUILD_UPDATE": owner = d["owner_id"]?.snowflake
        case "GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE": learn(role: try #require(d["role"]))
        case "GUILD_ROLE_DELETE":
            let role = try #require(d["role_id"]?.snowflake)
            roles[role] = nil
            for user in people.keys { people[user]?.roles.remove(role) }
        case "GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE": learn(person: d)
        case "GUILD_MEMBER_REMOVE": people[try #require(d["user"]?["id"]?.snowflake)] = nil
        case "CHANNEL_CREATE", "CHANNEL_UPDATE", "THREAD_CREATE": learn(room: d)
        case "THREAD_UPDATE":
            learn(room: d)
            if d["thread_metadata"]?["archived"]?.bool == true { forget(id) }
        case "CHANNEL_DELETE", "THREAD_DELETE":
            forget(id)
            for (thread, room) in rooms where room.parent == id && 10...12 ~= room.type { forget(thread) }
        case "THREAD_MEMBERS_UPDATE":
            let thread = try #require(id)
            let added = d["added_members"]?.array?.compactMap { $0["user_id"]?.snowflake } ?? []
            joined[thread, default: []].formUnion(added)
            joined[thread]?.subtract(d["removed_member_ids"]?.array?.compactMap(\.snowflake) ?? [])
        default: break
        }
    }

    private mutating func forget(_ room: Snowflake?) {
        guard let room else { return }
        rooms[room] = nil
        joined[room] = nil
    }
}

@Suite struct ChurnPictureTests {
    @Test func `tells all that permissions depend on, and GUILD_CREATE says the same`() throws {
        var world = WorldBuilder.build(seed: 13, guilds: 1, members: 150)
        let start = world.guilds[0]
        var picture = try Picture(start)
        for thread in start.threads.ids {
            // What a client asks for by REST.
            picture.joined[thread] = Set(start.threadMembers[thread]?.ids ?? [])
        }
        var community = CommunityMachine(guild: start, seed: 13, eventsPerSecond: 20, start: .zero)
        var churn = ChurnMachine(guild: start, seed: 13, changesPerSecond: 30, start: .zero)
        for tick in 1...2000 {
            let now = CoreBench.at(Double(tick) / 10)
            while let dispatches = churn.step(&world, now: now) {
                for one in dispatches { try picture.hear(one) }
            }
            while let dispatches = community.step(&world, now: now) {
                for one in dispatches { try picture.hear(one) }
            }
            guard tick.isMultiple(of: 100) else { continue }
            let guild = world.guilds[0]
            var expected = try Picture(guild)
            for thread in guild.threads.ids {
                expected.joined[thread] = Set(guild.threadMembers[thread]?.ids ?? [])
            }
            #expect(picture.owner == expected.owner && picture.roles == expected.roles)
            #expect(picture.people == expected.people)
            #expect(picture.rooms == expected.rooms)
            #expect(
                picture.joined.filter { !$0.value.isEmpty } == expected.joined.filter { !$0.value.isEmpty }
            )
        }
    }

    /// Discord, "Gateway Events": what each holds.
    @Test func `has Discord's shape`() throws {
        var world = WorldBuilder.build(seed: 17, guilds: 1, members: 100)
        var churn = ChurnMachine(guild: world.guilds[0], seed: 17, changesPerSecond: 20, start: .zero)
        let member = [
            "guild_id", "user", "roles", "joined_at", "deaf", "mute", "flags", "communication_disabled_until",
        ]
        let channel = [
            "id", "guild_id", "type", "name", "position", "permission_overwrites", "parent_id", "flags",
        ]
        let thread = [
            "id", "guild_id", "parent_id", "type", "owner_id", "name", "thread_metadata", "member_count",
        ]
        let table: [String: [String]] = [
            "GUILD_MEMBER_ADD": member, "GUILD_MEMBER_UPDATE": member,
            "GUILD_MEMBER_REMOVE": ["guild_id", "user"],
            "CHANNEL_CREATE": channel, "CHANNEL_UPDATE": channel, "CHANNEL_DELETE": channel,
            "THREAD_CREATE": thread + ["newly_created"], "THREAD_UPDATE": thread,
            "GUILD_ROLE_CREATE": ["guild_id", "role"], "GUILD_ROLE_UPDATE": ["guild_id", "role"],
            "GUILD_UPDATE": ["id", "name", "owner_id", "roles", "emojis", "features"],
            "THREAD_MEMBERS_UPDATE": ["id", "guild_id", "member_count"],
        ]
        let exact = [
            "THREAD_DELETE": ["id", "guild_id", "parent_id", "type"],
            "GUILD_ROLE_DELETE": ["guild_id", "role_id"],
        ]
        for tick in 1...1000 {
            while let dispatches = churn.step(&world, now: CoreBench.at(Double(tick) / 10)) {
                for dispatch in dispatches {
                    let d = try JSONDocument(parsing: dispatch.d).root
                    for name in table[dispatch.name] ?? [] {
                        #expect(d[name] != nil, "\(dispatch.name) \(name)")
                    }
                    if let names = exact[dispatch.name] {
                        #expect(Set(d.object?.map(\.0) ?? []) == Set(names), "\(dispatch.name)")
                    }
                    for added in d["added_members"]?.array.map(Array.init) ?? [] {
                        for name in ["id", "user_id", "join_timestamp", "flags", "member", "presence"] {
                            #expect(added[name] != nil, "\(name)")
                        }
                    }
                    for overwrite in d["permission_overwrites"]?.array.map(Array.init) ?? [] {
                        #expect(overwrite["allow"]?.string.flatMap { UInt64($0) } != nil)
                        #expect(overwrite["deny"]?.string.flatMap { UInt64($0) } != nil)
                        let isMember =
                            overwrite["id"]?.snowflake.map { world.guilds[0].roles[$0] == nil } ?? false
                        if overwrite["type"]?.int == 0 { continue }
                        #expect(isMember)
                    }
                }
            }
        }
    }
}
