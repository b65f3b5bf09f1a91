import Base
import JSON
import Simulator

/// A core without sockets, and a client that talks to it; time stands where the test puts it.
struct CoreBench {
    static let token = "token-of-the-test"
    var core: GatewayCore
    var now = CoreBench.at(0)

    init(
        seed: UInt64 = 7,
        guilds: Int = 1,
        members: Int = 40,
        change: (inout GatewayRules) -> Void = { _ in }
    ) {
        var rules = GatewayRules(token: Secret(Self.token))
        change(&rules)
        core = GatewayCore(
            world: WorldBuilder.build(seed: seed, guilds: guilds, members: members),
            rules: rules,
            sessionSeed: seed
        )
    }

    static func at(_ seconds: Double) -> Instant {
        Instant(
            monotonic: .seconds(seconds),
            unixMicroseconds: 1_790_000_000_000_000 + Int64(seconds * 1_000_000)
        )
    }

    mutating func wait(_ seconds: Double) {
        now = Self.at(now.monotonic / .seconds(1) + seconds)
    }

    mutating func open(version: String? = "10") -> ClientID { core.opened(version: version, now: now) }

    mutating func say(_ client: ClientID, _ text: String) {
        core.received(client, Array(text.utf8), now: now)
    }

    static func identify(
        intents: UInt64 = 36_807,
        token: String = CoreBench.token,
        more: String = ""
    ) -> String {
        #"{"op":2,"d":{"token":"\#(token)","properties":{"os":"linux"},"intents":\#(intents)\#(more)}}"#
    }

    static func resume(_ session: String, _ sequence: Int) -> String {
        #"{"op":6,"d":{"token":"\#(token)","session_id":"\#(session)","seq":\#(sequence)}}"#
    }

    /// A client that has identified; what READY and GUILD_CREATE said is thrown away.
    mutating func identified(intents: UInt64 = 36_807) -> ClientID {
        let client = open()
        say(client, Self.identify(intents: intents))
        _ = core.takeOutputs()
        return client
    }

    /// What was sent since the last call.
    mutating func heard() -> [JSONValue] {
        core.takeOutputs().compactMap { output in
            guard case .send(_, let payload) = output else { return nil }
            return try? JSONDocument(parsing: payload).root
        }
    }

    /// With whom each was sent to.
    mutating func heardBy() -> [(ClientID, JSONValue)] {
        core.takeOutputs().compactMap { output in
            guard case .send(let client, let payload) = output else { return nil }
            return (try? JSONDocument(parsing: payload).root).map { (client, $0) }
        }
    }

    mutating func takeAll() -> Int { core.takeOutputs().count }

    mutating func names() -> [String] { heard().map { $0["t"]?.string ?? "op \($0["op"]?.int ?? -1)" } }

    mutating func closes() -> [GatewayClose] {
        core.takeOutputs().compactMap { if case .close(_, let close) = $0 { close } else { nil } }
    }

    mutating func happen(_ name: String, _ d: String) throws -> [Delivery] {
        let fields = JSONFields(try JSONDocument(parsing: d).root) ?? JSONFields()
        var last: [Delivery] = []
        for dispatch in try core.world.perform(name, fields, now: now) {
            last = core.broadcast(dispatch, now: now)
        }
        return last
    }
}
