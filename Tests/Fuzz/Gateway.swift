import Base
import DiscordProtocol
import EventModels
import Gateway
import JSON

/// Discord's payloads through GatewayMachine and Fold: nothing traps, and a replica that has only the events agrees.
///
/// Each line is a payload, or begins with a letter: `S` start, `o` opened, `f` connecting failed, `c4000` closed, `t500`
/// tick half a second later, `x` suspend, `r` request members, `R` resync.
func fuzzGateway(bytes: [UInt8]) throws {
    var run = GatewayRun(random: SeededRandom(seed: fingerprint(bytes)))
    for line in lines(bytes) { try run.take(line) }
    try run.checkEnd()
}

private struct GatewayRun {
    let fold = Fold(cdn: CDN(base: "https://cdn.example"), guildFilter: nil)
    var random: SeededRandom
    var now = Duration.seconds(1)
    var machine = GatewayMachine(token: Secret("t"), intents: .product, shard: 0, count: 1)
    var state = ShardState()
    /// Fed by the events alone.
    var replica = GuildStates()
    var epoch: UInt64 = 5
    var frames: [EventFrame] = []

    init(random: SeededRandom) { self.random = random }

    mutating func take(_ line: ArraySlice<UInt8>) throws {
        guard let first = line.first else { return }
        let number = UInt64(decimal: line.dropFirst().prefix(6)) ?? 0
        let chance = Double(random.next() >> 11) / Double(1 << 53)
        now += .milliseconds(1)
        switch Character(Unicode.Scalar(first)) {
        case "S": try act(machine.start(now: now))
        case "o": try act(machine.opened(now: now))
        case "f": try act(machine.connectFailed(now: now, random: chance))
        case "c":
            let code = UInt16(exactly: number).flatMap { $0 == 0 ? nil : $0 }
            try act(machine.closed(code: code, now: now, random: chance))
        case "t":
            now += .milliseconds(number)
            try act(machine.tick(now: now, random: chance))
        case "x": try act(machine.suspend())
        case "r": try act(machine.request(.requestMembers(guild: Snowflake(number)), now: now))
        case "R":
            // As the shard does: numbers of an earlier session say nothing.
            let made = state.last?.epoch == epoch ? state.last?.sequence ?? 0 : 0
            let sequence = max(made, machine.session?.sequence ?? 0)
            try keep(fold.resync(epoch: epoch, sequence: sequence, ts: 7, state: &state))
        default:
            let payload: GatewayPayload
            do { payload = try GatewayPayload(parsing: Array(line)) } catch { return }
            try act(machine.received(payload, now: now, random: chance))
        }
        if let deadline = machine.deadline { try hold(deadline > .zero, "due before the start: \(deadline)") }
    }

    private mutating func act(_ actions: [GatewayMachine.Action]) throws {
        for action in actions {
            switch action {
            case .dispatch(let dispatch): try apply(dispatch)
            case .sessionStarted: epoch += 1
            case .send(let command):
                let root = try JSONDocument(parsing: command.encoded()).root
                try hold(root["op"]?.int != nil, "a command without op")
            case .connect, .close, .sessionLost, .resumed, .failed: break
            }
        }
    }

    private mutating func apply(_ dispatch: Dispatch) throws {
        var twin = state
        let events = fold.apply(dispatch, epoch: epoch, ts: 1000, to: &state)
        try hold(
            fold.apply(dispatch, epoch: epoch, ts: 1000, to: &twin) == events,
            "two outcomes: \(dispatch)"
        )
        try keep(events)
    }

    private mutating func keep(_ events: [StreamEvent]) throws {
        guard let first = events.first else { return }
        let prev = frames.last?.last
        let frame = EventFrame(shard: .only, prev: prev, events: events)
        try hold(prev.map { $0 < first.id } ?? true, "\(first.id) comes after \(prev?.description ?? "")")
        try hold(EventFrame(decoding: frame.encoded()) == frame, "a frame changes: \(frame)")
        for event in events {
            try checkJSON(event.envelope)
            replica.apply(try StreamEvent(parsing: event.envelope))
        }
        frames.append(frame)
    }

    func checkEnd() throws {
        try hold(replica == state.guilds, "a replica disagrees")
        for id in replica.ids {
            if let guild = replica[id] { try checkState(guild) }
        }
        let checkpoint = Checkpoint(
            shard: .only,
            session: machine.session,
            epoch: epoch,
            state: state,
            frames: frames
        )
        let again = try Checkpoint(decoding: checkpoint.encoded())
        try hold(again == checkpoint, "a checkpoint changes: \(checkpoint)\n\(again)")
    }
}
