import Base
import DiscordProtocol
import EventModels
import Gateway
import JSON

/// A shard's machine without I/O: a journal in memory, a Discord that is told what to say.
struct MachineFixture {
    var machine: ShardMachine
    var now = Duration.seconds(100)
    var wall: Int64 = 1000
    /// What is on disk, and how much of what was handed out is not.
    var journal: [JournalRecord] = []
    var unflushed: [JournalRecord] = []
    var released: [EventFrame] = []
    var actions: [ShardMachine.Action] = []
    /// Numbers in the session.
    var sequence: UInt64 = 0
    var random = 0.0
    /// Flushes at once.
    var isDiskQuick = true

    static func settings(_ limits: ShardLimits = ShardLimits()) -> ShardMachine.Settings {
        ShardMachine.Settings(token: Secret("t"), shard: .only, fold: FoldFixture().fold, limits: limits)
    }

    init(limits: ShardLimits = ShardLimits()) { machine = ShardMachine(Self.settings(limits)) }

    /// What a process finds that begins after this one was killed; `written` of what was not flushed had reached the disk.
    func restarted(written: Int = 0, quarantine: Set<FoldMark> = []) -> MachineFixture {
        var next = self
        next.journal += unflushed.prefix(written)
        var recovery = Recovery(checkpoint: nil, records: next.journal)
        recovery.quarantine = quarantine
        let recovered = Recovered(recovery, shard: .only, fold: FoldFixture().fold)
        next.machine = ShardMachine(machine.settings, recovered: recovered, now: now)
        next.released = recovered.frames
        next.unflushed = []
        next.actions = []
        return next
    }

    var moment: ShardMachine.Moment { .init(now: now, wall: wall, random: random) }

    mutating func run(_ body: (inout ShardMachine, ShardMachine.Moment) -> [ShardMachine.Action]) {
        take(body(&machine, moment))
        if isDiskQuick { flush() }
    }

    private mutating func take(_ made: [ShardMachine.Action]) {
        actions += made
        for action in made {
            switch action {
            case .journal(let record): unflushed.append(record)
            case .release(let frame): released.append(frame)
            case .awaitTurn: take(machine.identifyTurn(at: moment))
            default: break
            }
        }
    }

    mutating func flush(willFold: (FoldMark) -> Void = { _ in }) {
        journal += unflushed
        unflushed = []
        take(machine.journalFlushed(upTo: UInt64(journal.count), at: moment, willFold: willFold))
        if !unflushed.isEmpty { flush(willFold: willFold) }
    }

    mutating func say(_ json: String) throws {
        let payload = try GatewayPayload(parsing: Array(json.utf8))
        run { $0.received(payload, at: $1) }
    }

    mutating func dispatch(_ name: String, _ data: String) throws {
        sequence += 1
        try say(#"{"op":0,"s":\#(sequence),"t":"\#(name)","d":\#(data)}"#)
    }

    /// Connects; READY or RESUMED as the machine wants it.
    mutating func connect(session: String = "s") throws {
        run { $0.start(at: $1) }
        try greet(session: session)
    }

    mutating func greet(session: String = "s") throws {
        run { $0.opened(at: $1) }
        let isNew = machine.gateway.session == nil
        try say(#"{"op":10,"d":{"heartbeat_interval":40000}}"#)
        if isNew {
            sequence = 0
            let guilds = #"[{"id":"800"}]"#
            try dispatch(
                "READY",
                #"""
                {"session_id":"\#(session)","resume_gateway_url":"ws://r","guilds":\#(guilds),"application":{"id":"77"}}
                """#
            )
        } else {
            // Without a number: what is replayed comes after it here.
            try say(#"{"op":0,"s":null,"t":"RESUMED","d":{}}"#)
        }
    }

    mutating func linked(top: UInt64 = 0) { run { $0.linked(topEpoch: top, at: $1) } }

    var events: [StreamEvent] { released.flatMap(\.events) }
    var resumes: [UInt64] {
        actions.compactMap { action in
            guard case .send(.resume(_, let session)) = action else { return nil }
            return session.sequence
        }
    }
    var identifies: Int {
        actions.count { action in
            guard case .send(.identify) = action else { return false }
            return true
        }
    }
}
