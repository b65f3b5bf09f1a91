import Base
import EventModels
import HTTPServer
import HTTPWire
import JSON
import TestSupport
import Testing
import Web

/// A gateway that knows whom the test names, and nobody else.
final class Told: MemberSource {
    struct Facts: Sendable {
        var members: [Snowflake: MemberFacts] = [:]
        var list: [ListedMember]?
        var at = EventID(epoch: 5, number: 1)
        var isSilent = false
        var asked = 0
    }

    private let facts: Locked<Facts>

    init(_ members: [UInt64: MemberFacts]) {
        var facts = Facts()
        for (user, known) in members { facts.members[Snowflake(user)] = known }
        self.facts = Locked(facts)
    }

    var asked: Int { facts.withLock { $0.asked } }
    func change(_ body: (inout Facts) -> Void) { facts.withLock { body(&$0) } }

    func isLinked(to shard: ShardName) async -> Bool { facts.withLock { !$0.isSilent } }

    func member(_ user: Snowflake, of guild: Snowflake, in shard: ShardName) async -> MemberAnswer? {
        facts.withLock { facts in
            facts.asked += 1
            return facts.isSilent ? nil : MemberAnswer(facts: facts.members[user], at: facts.at)
        }
    }

    func members(of guild: Snowflake, after: Snowflake, limit: Int, in shard: ShardName) async -> MemberPage?
    {
        facts.withLock { facts in
            guard let list = facts.list, !facts.isSilent else { return nil }
            let left = list.filter { $0.card.id > after }
            return MemberPage(members: Array(left.prefix(limit)), isEnd: left.count <= limit)
        }
    }
}

/// `Guild` with an owner (2), a member (3), somebody who may manage it (4, by role 50), a channel 22 whose past only the owner may
/// read, a private thread 40 of 20 with 3 in it, and people in the voice channels: 8 in 21 and 9 in 31, which is hidden.
enum Town {
    static let manager: Snowflake = Snowflake(50)

    static func state() -> GuildState {
        var state = Guild.state()
        state.ownerID = Snowflake(2)
        state.members = 5
        state.online = 4
        state.roles[manager] = Role(
            id: manager,
            name: "keeper",
            permissions: .manageGuild,
            position: 3,
            color: 255
        )
        add(Channel(id: Snowflake(22), name: "quiet", type: 0, parentID: nil, position: 22, topic: nil))
        state.overwrites[Snowflake(22)] = [
            Overwrite(id: Guild.id, isMember: false, allow: [], deny: .readMessageHistory)
        ]
        add(
            Channel(
                id: Snowflake(40),
                name: "secret",
                type: Channel.privateThread,
                parentID: Snowflake(20),
                position: 0,
                topic: nil
            )
        )
        state.threadMembers[Snowflake(40)] = [Snowflake(3)]
        for (user, channel) in [(8, 21), (9, 31)] as [(UInt64, UInt64)] {
            state.voice[Snowflake(user)] = VoiceState(
                user: card(user),
                channelID: Snowflake(channel),
                flags: [.selfMute],
                since: user == 8 ? 1_700_000_000_000 : nil
            )
        }
        return state

        func add(_ channel: Channel) { state.channels[channel.id] = channel }
    }

    static func card(_ user: UInt64) -> UserCard {
        UserCard(
            id: Snowflake(user),
            username: "u\(user)",
            displayName: "U \(user)",
            avatar: "https://cdn.example/\(user).png",
            bot: false
        )
    }

    static func told() -> Told {
        let plain = MemberFacts()
        return Told([2: plain, 3: plain, 4: MemberFacts(roles: [manager]), 6: plain])
    }

    /// A replica that holds the guild.
    static func replica(_ told: Told, access: WebConfig.Access = .login) async throws -> Replica {
        let replica = try await Replica(access: access, teller: told)
        let state = String(decoding: state().encoded(), as: UTF8.self)
        try await replica.publish([Guild.event(1, .guildSynced, state)])
        await replica.follow()
        return replica
    }

    static func key(
        of maker: UInt64,
        guild: Snowflake = Guild.id,
        channels: Set<Snowflake> = [],
        events: Set<KindPattern> = []
    ) -> Caller {
        .key(
            KeyGrant(
                kind: .api,
                id: String(repeating: "0", count: 32),
                guild: guild,
                maker: Snowflake(maker),
                issued: 0,
                expires: 253_402_300_799,
                scopes: Set(Scope.allCases),
                channels: channels,
                events: events
            )
        )
    }

    static func session(of user: UInt64) -> Caller {
        .session(
            Session(user: Snowflake(user), id: String(repeating: "1", count: 32), issued: 0, expires: 1)
        )
    }
}

/// What came back.
struct Answered {
    let status: Int
    let text: String
    let headers: HTTPHeaders

    init(_ response: HTTPResponse) {
        status = response.status
        headers = response.headers
        if case .bytes(let bytes) = response.body {
            text = String(decoding: bytes, as: UTF8.self)
        } else {
            text = ""
        }
    }

    var json: JSONValue? {
        do { return try JSONDocument(parsing: Array(text.utf8)).root } catch { return nil }
    }

    /// The ids in a list.
    func ids(_ list: String) -> [String] {
        json?[list]?.array.map { $0.map { $0["id"]?.string ?? "?" } } ?? []
    }
}

private struct NoHandler: Error {}

extension Replica {
    /// Calls an operation's handler as `caller`, whose request has been let in: keys and sessions alike.
    func call(_ name: String, _ target: String, as caller: Caller, _ headers: HTTPHeaders = [:]) async throws
        -> Answered
    {
        let operation = try #require(Catalog.operations(context).first { $0.name == name })
        guard case .api(let handler) = operation.answering else {
            throw NoHandler()
        }
        let head = try HTTPRequestHead(method: operation.method, target: target, headers: headers)
        let path = Self.parameters(of: head.path, operation.pattern)
        do throws(Problem) {
            let call = APICall(
                request: HTTPRequest(head: head),
                caller: caller,
                address: "127.0.0.1",
                path: path,
                lists: try OperationCheck(operation).parameters(head, path),
                body: nil
            )
            return Answered(try await handler(call))
        } catch {
            return Answered(error.response)
        }
    }

    private static func parameters(of path: String, _ pattern: String) -> PathParameters {
        var values: [String: String] = [:]
        for (name, value) in zip(pattern.split(separator: "/"), path.split(separator: "/"))
        where name.hasPrefix("{") {
            values[String(name.dropFirst().dropLast())] = String(value)
        }
        return PathParameters(values)
    }

    /// The whole way: a request over the socket, and all that came back.
    func fetch(_ target: String, _ headers: String = "", method: String = "GET") async throws -> String {
        let head = "\(method) \(target) HTTP/1.1\r\nHost: x\r\n\(headers)Connection: close\r\n\r\n"
        let recorder = send(head, port: ports[0])
        try await eventually("the whole answer of \(target)") { !recorder.record.closed.isEmpty }
        return recorder.text
    }
}
