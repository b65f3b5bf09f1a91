import Base
import DiscordProtocol
import EventModels
import Gateway
import JSON
import LinkProtocol

/// Callers of a shard's machine, and a Discord that answers its requests: one that keeps messages by nonce, and counts.
struct CommandFixture {
    var fixture = MachineFixture()
    var discord = ModelDiscord()
    /// Requests that are on their way to Discord.
    var jobs: [CommandJob] = []
    private var taken = 0

    static let link = LinkID(1)
    static let guild = FoldFixture.guild

    /// Connected, with the guild, whose application is 77.
    static func live(extra: String = "") throws -> CommandFixture {
        var fixture = CommandFixture()
        fixture.fixture.wall = 1_800_000_000_000
        fixture.fixture.linked(top: 4)
        try fixture.fixture.connect()
        try fixture.fixture.dispatch("GUILD_CREATE", FoldFixture.guildCreate())
        fixture.collect()
        return fixture
    }

    static func send(_ text: String = "hi", key: String = "k", deadline: Int = 15_000) -> LinkOrder {
        let message = Array(#"{"content":"\#(text)"}"#.utf8)
        return LinkOrder(
            .sendMessage(channel: Snowflake(1), message: message),
            guild: guild,
            key: key,
            deadline: deadline
        )
    }

    mutating func ask(_ order: LinkOrder, id: UInt64 = 1, link: LinkID = Self.link) {
        let command = LinkCommand(id: id, .order(order))
        fixture.run { $0.take(command, from: CommandAsker(link: link, id: id), at: $1) }
        collect()
    }

    /// What Discord does with everything that has come to it, and what it says.
    mutating func work() {
        while !jobs.isEmpty {
            let job = jobs.removeFirst()
            let outcome = discord.carryOut(job)
            fixture.run { $0.executed(job.key, outcome, at: $1) }
            collect()
        }
    }

    mutating func tick(_ time: Duration) {
        fixture.now += time
        fixture.wall += Int64(time / .milliseconds(1))
        fixture.run { $0.tick(at: $1) }
        collect()
    }

    /// The machine's requests since the last look.
    mutating func collect() {
        for action in fixture.actions[taken...] {
            if case .execute(let job) = action { jobs.append(job) }
        }
        taken = fixture.actions.count
    }

    /// Killed; Discord and what reached the disk stay.
    func restarted(written: Int = 0) -> CommandFixture {
        var next = self
        next.fixture = fixture.restarted(written: written)
        next.jobs = []
        next.taken = 0
        next.fixture.run { $0.start(at: $1) }
        next.collect()
        return next
    }

    var replies: [LinkResult] {
        fixture.actions.compactMap { action in
            guard case .reply(_, let result) = action else { return nil }
            return result
        }
    }

    /// `value` or the error's code, in the order of the answers.
    var outcomes: [String] {
        replies.map { result in
            switch result.outcome {
            case .value(let value): String(decoding: value, as: UTF8.self)
            case .failed(let failure): failure.code.rawValue
            case .member: "member"
            }
        }
    }
}

/// Discord as commands know it: messages that have a nonce are made once for two minutes.
struct ModelDiscord {
    private(set) var messages: [String] = []
    private(set) var done: [String] = []
    private var nonces: [String: Int] = [:]

    mutating func forgetNonces() { nonces = [:] }

    mutating func carryOut(_ job: CommandJob) -> LinkResult.Outcome {
        guard case .sendMessage(_, let message) = job.order.deed else {
            done.append(job.order.deed.name.rawValue)
            return .value(Array("{}".utf8))
        }
        let number = nonces[job.nonce] ?? messages.count
        if number == messages.count { messages.append(String(decoding: message, as: UTF8.self)) }
        nonces[job.nonce] = number
        return .value(Array(#"{"messageId":"\#(number + 1)"}"#.utf8))
    }
}
