import Base
import DiscordProtocol
import EventModels
import Gateway
import JSON
import LinkProtocol

/// Discord's payloads through ShardMachine: nothing traps, a replica that has only the events agrees, and so does a gateway
/// that starts again from the journal.
///
/// Each line is a payload, or begins with a letter: `S` start, `o` opened, `f` connecting failed, `c4000` closed, `t500`
/// tick half a second later, `x` the window is full, `y` it has room, `R` resync, `l9` linked to a log of epoch 9,
/// `z9` superseded by it, `d` a slow disk from here on, `D` the disk has written.
func fuzzGateway(bytes: [UInt8]) throws {
    var run = GatewayRun(random: SeededRandom(seed: fingerprint(bytes)))
    for line in lines(bytes) { try run.take(line) }
    try run.checkEnd()
}

private struct GatewayRun {
    let settings = ShardMachine.Settings(
        token: Secret("t"),
        shard: .only,
        fold: Fold(cdn: CDN(base: "https://cdn.example"), guildFilter: nil)
    )
    var random: SeededRandom
    var now = Duration.seconds(1)
    var machine: ShardMachine
    /// Fed by the events alone.
    var replica = GuildStates()
    var frames: [EventFrame] = []
    var journal: [JournalRecord] = []
    var flushed = 0
    var isDiskQuick = true

    init(random: SeededRandom) {
        self.random = random
        machine = ShardMachine(settings)
        _ = machine.linked(topEpoch: 4, at: .init(now: .zero, wall: 5, random: 0))
    }

    mutating func take(_ line: ArraySlice<UInt8>) throws {
        guard let first = line.first else { return }
        let number = UInt64(decimal: line.dropFirst().prefix(6)) ?? 0
        let chance = Double(random.next() >> 11) / Double(1 << 53)
        now += .milliseconds(1)
        if first == 0x74 { now += .milliseconds(number) }
        let moment = ShardMachine.Moment(now: now, wall: 1000, random: chance)
        switch Character(Unicode.Scalar(first)) {
        case "S": try act(moment, machine.start(at: moment))
        case "o": try act(moment, machine.opened(at: moment))
        case "f": try act(moment, machine.connectFailed(at: moment))
        case "c":
            let code = UInt16(exactly: number).flatMap { $0 == 0 ? nil : $0 }
            try act(moment, machine.closed(code: code, at: moment))
        case "t": try act(moment, machine.tick(at: moment))
        case "x": try act(moment, machine.window(isFull: true, hasRoom: false, at: moment))
        case "y": try act(moment, machine.window(isFull: false, hasRoom: true, at: moment))
        case "R": try act(moment, machine.resync(at: moment))
        case "l": try act(moment, machine.linked(topEpoch: number, at: moment))
        case "z": try act(moment, machine.superseded(by: EventID(epoch: number, number: 1), at: moment))
        case "d": isDiskQuick = false
        case "D": isDiskQuick = true
        default:
            let payload: GatewayPayload
            do { payload = try GatewayPayload(parsing: Array(line)) } catch { return }
            try act(moment, machine.received(payload, at: moment))
        }
        while isDiskQuick, flushed < journal.count {
            flushed = journal.count
            try act(moment, machine.journalFlushed(upTo: UInt64(flushed), at: moment))
        }
        if let deadline = machine.gateway.deadline {
            try hold(deadline > .zero, "due before the start: \(deadline)")
        }
    }

    private mutating func act(_ moment: ShardMachine.Moment, _ actions: [ShardMachine.Action]) throws {
        for action in actions {
            switch action {
            case .journal(let record): try append(record)
            case .release(let frame): try keep(frame)
            case .send(let command):
                let root = try JSONDocument(parsing: command.encoded()).root
                try hold(root["op"]?.int != nil, "a command without op")
            case .awaitTurn: try act(moment, machine.identifyTurn(at: moment))
            case .connect, .close, .setEpoch, .checkpointDue, .discord, .note, .reply: break
            case .execute, .deferInteraction: break
            case .aside(let aside): try checkJSON(aside.line)
            }
        }
    }

    private mutating func append(_ record: JournalRecord) throws {
        var bytes: [UInt8] = []
        record.encode(into: &bytes)
        try hold(JournalRecord(body: bytes[8...]) == record, "a record changes: \(record)")
        journal.append(record)
    }

    private mutating func keep(_ frame: EventFrame) throws {
        let prev = frames.last?.last
        try hold(frame.prev == prev, "the chain breaks at \(frame.first)")
        try hold(
            prev.map { $0 < frame.first } ?? true,
            "\(frame.first) comes after \(prev?.description ?? "")"
        )
        try hold(EventFrame(decoding: frame.encoded()) == frame, "a frame changes: \(frame)")
        for event in frame.events {
            try checkJSON(event.envelope)
            replica.apply(try StreamEvent(parsing: event.envelope))
        }
        frames.append(frame)
    }

    func checkEnd() throws {
        let folded = machine.folded
        try hold(replica == folded.state.guilds, "a replica disagrees")
        for id in replica.ids {
            if let guild = replica[id] { try checkState(guild) }
        }
        let again = Recovered(
            Recovery(checkpoint: nil, records: Array(journal[..<flushed])),
            shard: .only,
            fold: settings.fold
        )
        try hold(again.folded == folded && again.frames == frames, "another outcome from the journal")
        guard !folded.isEpochOpen else { return }
        let checkpoint = machine.checkpoint(
            held: HeldFrames(frames, shard: machine.folded.shard),
            acknowledged: frames.first?.last
        )
        let read = try Checkpoint(decoding: checkpoint.encoded())
        try hold(read == checkpoint, "a checkpoint changes: \(checkpoint)\n\(read)")
    }
}
