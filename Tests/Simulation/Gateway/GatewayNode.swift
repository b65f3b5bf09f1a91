import Base
import DiscordProtocol
import EventModels
import Gateway
import JSON
import LinkProtocol

/// One gateway process: `ShardMachine`, `LinkHub` and the recovery of the product over a simulated disk and network.
final class GatewayNode: Process {
    let shard: ShardName
    private let discord: DiscordNode
    let limits: PublisherLimits
    var disk = JournalDisk()
    private(set) var machine: ShardMachine!
    private(set) var hub: LinkHub!
    private var peers: [LinkID: Wire] = [:]
    private var linksMade: UInt64 = 0
    private var connection: Wire?
    private var connections = 0
    /// Records that wait for the disk.
    private var unwritten: [(number: UInt64, record: JournalRecord)] = []
    private var isFlushing = false
    private var numbered: UInt64 = 0
    private var armedAt: Int64 = .max
    /// The disk takes this long at most.
    var diskLatencyMax: Int64 = 3_000
    var isDiskFull = false

    init(_ world: World, _ name: String, shard: ShardName, discord: DiscordNode, limits: PublisherLimits) {
        self.shard = shard
        self.discord = discord
        self.limits = limits
        super.init(world, name)
    }

    static let fold = Fold(cdn: CDN(base: "https://cdn.example"), guildFilter: nil)

    private var moment: ShardMachine.Moment {
        ShardMachine.Moment(now: now, wall: wall, random: world.random.unit())
    }

    var isLive: Bool { isUp && machine.gateway.isLive }
    var sessionID: String? { isUp ? machine.gateway.session?.id : nil }
    var lastID: EventID? { isUp ? machine.folded.state.last : nil }

    // MARK: Life

    override func started() {
        peers = [:]
        unwritten = []
        isFlushing = false
        armedAt = .max
        hub = LinkHub(gateway: "\(name).\(life)")
        guard let recovery = disk.recovery() else {
            return world.fail("\(name): its checkpoint cannot be read")
        }
        let poisoned = Poison.marks(in: recovery)
        var trap: FoldMark?
        var settings = ShardMachine.Settings(token: Secret("t"), shard: shard, fold: Self.fold)
        settings.limits.journalBytesMax = 30_000
        settings.limits.journalAgeMax = .seconds(10)
        let recovered = Recovered(recovery, shard: shard, fold: Self.fold) { mark in
            if trap == nil, poisoned.contains(mark) { trap = mark }
        }
        if let trap { return trapped(trap) }
        machine = ShardMachine(settings, recovered: recovered, now: now)
        numbered = recovered.folded.position
        var publisher = PublisherMachine(shard: shard, limits: limits)
        publisher.restore(
            recovered.frames,
            last: recovered.folded.state.last,
            acknowledged: recovered.acknowledged,
            now: now
        )
        perform(hub.addShard(publisher, epoch: machine.sessionEpoch, now: now))
        note("recovers \(recovery.records.count) records, session \(sessionID ?? "none")")
        perform(machine.start(at: moment))
        every(1_000_000) { [unowned self] in perform(hub.tick(now: now)) }
    }

    override func ended() {
        connection = nil
        machine = nil
        hub = nil
    }

    /// The end of the process, and with `lostPower` of its host.
    func crash(lostPower: Bool) {
        guard isUp else { return }
        crash()
        let world = self.world
        disk.crash(lostPower: lostPower) { world.random.below($0) }
    }

    /// SIGTERM: Discord is left resumably, and what is in memory is written.
    func stop() {
        guard isUp else { return }
        perform(machine.stop(at: moment))
        for (_, wire) in peers.sorted(by: { $0.key < $1.key }) { wire.close(from: .server, code: 1001) }
        after(50_000) { [unowned self] in crash(lostPower: false) }
    }

    /// A dispatch on which the fold traps: the process ends, its mark stays.
    private func trapped(_ mark: FoldMark) {
        note("traps in the fold of \(mark.epoch)/\(mark.sequence)")
        disk.foldCrashes[mark, default: 0] += 1
        if world.has(.trapNotCounted) { disk.foldCrashes = [:] }
        crash(lostPower: false)
        world.after(1_000_000) { [weak self] in self?.start() }
    }

    // MARK: The machine's wishes

    private func perform(_ actions: [ShardMachine.Action]) {
        let own = life
        for action in actions where isUp && own == life { run(action) }
        if isUp, own == life { arm() }
    }

    private func run(_ action: ShardMachine.Action) {
        switch action {
        case .connect: connect()
        case .send(let command): send(command)
        case .awaitTurn: awaitTurn()
        case .close(let code):
            connections += 1
            connection?.close(from: .client, code: code)
            connection = nil
        case .journal(let record): journal(record)
        case .release(let frame): release(frame)
        case .setEpoch(let epoch):
            disk.epochFloor = max(disk.epochFloor, epoch)
            hub.setEpoch(epoch, of: shard)
        case .checkpointDue: writeCheckpoint()
        case .reply(let asker, let result): send(.result(result), to: asker.link)
        // No caller of this world wants anything done, and nobody uses a command of the application.
        case .discord, .aside, .execute, .deferInteraction: break
        case .note(let fact): if world.trace.isOn { note(fact) }
        }
    }

    /// The line of a bot with one shard: a moment, in which the connection may go.
    private func awaitTurn() {
        let own = connections
        after(20_000) { [unowned self] in
            if own == connections { perform(machine.identifyTurn(at: moment)) }
        }
    }

    private func note(_ fact: ShardMachine.Note) {
        if case .dispatched = fact { return }
        note("\(fact)")
    }

    private func arm() {
        guard !machine.isStopping else { return }
        // Rounded up: a tick that comes early does nothing.
        guard let deadline = machine.deadline.map({ $0.microseconds + 1 }), deadline < armedAt else { return }
        armedAt = deadline
        after(deadline - world.now) { [unowned self] in
            armedAt = .max
            perform(machine.tick(at: moment))
        }
    }

    // MARK: Discord

    private func connect() {
        connections += 1
        let own = connections
        var socket: DiscordSocket?
        connect(
            to: discord,
            accepted: { [weak self, weak discord] wire in
                socket = discord?.accept(wire) { payload in
                    guard let self, self.isUp, own == self.connections else { return }
                    self.received(payload)
                }
            },
            opened: { [weak self] wire in
                guard let self, own == connections else {
                    wire?.close(from: .client, code: 4000)
                    return
                }
                guard let wire, let socket else { return perform(machine.connectFailed(at: moment)) }
                connection = wire
                self.socket = socket
                wire.whenClosed(.client) { [weak self] code in
                    guard let self, own == connections else { return }
                    connection = nil
                    connections += 1
                    perform(machine.closed(code: code, at: moment))
                }
                perform(machine.opened(at: moment))
            }
        )
    }

    private weak var socket: DiscordSocket?

    private func send(_ command: GatewayCommand) {
        guard let connection, let socket else { return }
        let discord = self.discord
        connection.send(from: .client) { [weak discord, weak socket] in
            guard let discord, let socket, discord.isUp else { return }
            switch command {
            case .heartbeat: discord.heard(socket)
            case .identify: discord.identify(socket)
            case .resume(_, let session):
                discord.resume(socket, session: session.id, sequence: Int(session.sequence))
            case .requestMembers: break
            }
        }
    }

    private func received(_ bytes: [UInt8]) {
        do throws(GatewayPayloadError) {
            let payload = try GatewayPayload(parsing: bytes)
            perform(machine.received(payload, at: moment))
        } catch {
            world.fail("a payload of Discord's model cannot be read: \(error)")
        }
    }

    // MARK: Disk

    private func journal(_ record: JournalRecord) {
        numbered += 1
        noteEpoch(record)
        unwritten.append((numbered, record))
        if world.has(.releasedBeforeFlush) { return folded(upTo: numbered, of: [(numbered, record)]) }
        flushNext()
    }

    /// The session that waits for its epoch; told to the checks alone.
    private var begun: String?

    private func noteEpoch(_ record: JournalRecord) {
        switch record.input {
        case .sessionBegan(let id, _, let epoch):
            begun = id
            if let epoch { note(epoch: epoch) }
        case .epochChosen(let epoch): note(epoch: epoch)
        default: break
        }
    }

    private func note(epoch: UInt64) {
        discord.sessionOfEpoch[epoch] = begun
        if machine.folded.state.memory.isEmpty { discord.freshEpochs.insert(epoch) }
    }

    private func flushNext() {
        guard !isFlushing, !unwritten.isEmpty, !isDiskFull else { return }
        isFlushing = true
        let batch = unwritten
        unwritten = []
        let begun = world.random.within(0...diskLatencyMax / 2)
        after(begun) { [unowned self] in
            disk.write(world.has(.sessionRecordSkipped) ? batch.filter { !$0.record.beginsSession } : batch)
            after(world.random.within(0...diskLatencyMax)) { [unowned self] in
                disk.flush()
                isFlushing = false
                if !world.has(.releasedBeforeFlush), let last = batch.last {
                    folded(upTo: last.number, of: batch)
                }
                if isUp { flushNext() }
            }
        }
    }

    /// One record after the other, so that a trap leaves the rest unfolded.
    private func folded(upTo last: UInt64, of batch: [(number: UInt64, record: JournalRecord)]) {
        for (number, record) in batch {
            let isPoison = Poison.sequence(of: record) != nil
            var mark: FoldMark?
            let actions = machine.journalFlushed(upTo: number, at: moment) { mark = $0 }
            if isPoison, let mark { return trapped(mark) }
            perform(actions)
            guard isUp else { return }
        }
    }

    private func writeCheckpoint() {
        let publisher = hub.publisher(of: shard)
        let checkpoint = machine.checkpoint(
            held: publisher?.heldFrames,
            acknowledged: publisher?.confirmed
        )
        let bytes = checkpoint.encoded()
        let position = checkpoint.folded.position
        after(world.random.within(1_000...diskLatencyMax * 10)) { [unowned self] in
            disk.checkpointed(bytes, position)
            perform(machine.checkpointWritten(at: moment))
        }
    }

    // MARK: Links

    func accept(_ wire: Wire, _ receive: @escaping ([UInt8]) -> Void) -> LinkPeer {
        linksMade += 1
        let link = LinkID(linksMade)
        peers[link] = wire
        receivers[link] = receive
        hub.opened(link, now: now)
        let own = life
        wire.whenClosed(.server) { [weak self] code in
            guard let self, isUp, life == own else { return }
            lost(link, code)
        }
        return LinkPeer { [weak self] bytes in
            guard let self, isUp, life == own, peers[link] != nil else { return }
            received(bytes, from: link)
        }
    }

    private var receivers: [LinkID: ([UInt8]) -> Void] = [:]

    private func lost(_ link: LinkID, _ code: UInt16?) {
        peers[link] = nil
        receivers[link] = nil
        perform(hub.closed(link, died: code == nil, now: now))
        noteWindow()
    }

    private func received(_ bytes: [UInt8], from link: LinkID) {
        let message: LinkMessage
        do throws(LinkMessageError) { message = try LinkMessage(decoding: bytes) } catch {
            return world.fail("a replica sent what is no message: \(error)")
        }
        note("link \(link.number) says \(message.type)")
        perform(hub.received(message, from: link, now: now))
        guard isUp else { return }
        if case .hello = message, hub.linkedCount > 0 {
            let top = world.has(.epochByClockAlone) ? 0 : hub.topEpoch
            perform(machine.linked(topEpoch: top, at: moment))
        }
        noteWindow()
    }

    private func noteWindow() {
        guard isUp, let publisher = hub.publisher(of: shard) else { return }
        perform(machine.window(isFull: publisher.isFull, hasRoom: publisher.hasRoom, at: moment))
    }

    private func release(_ frame: EventFrame) {
        let frame = world.has(.orderByHash) && !(life / 2).isMultiple(of: 2) ? frame.reordered : frame
        perform(hub.append(frame, now: now))
        noteWindow()
    }

    /// Told of each frame that was taken for the end of two replicas.
    var quarantined: (EventFrame) -> Void = { _ in }

    private func perform(_ actions: [LinkHub.Action]) {
        for action in actions where isUp {
            switch action {
            case .send(let link, let message): send(message, to: link)
            case .close(let link, let code, let reason):
                note("closes link \(link.number): \(reason)")
                peers[link]?.close(from: .server, code: code.rawValue)
                lost(link, code.rawValue)
            case .answer(let link, let command):
                perform(machine.take(command, from: CommandAsker(link: link, id: command.id), at: moment))
            case .resync: perform(machine.resync(at: moment))
            case .quarantined(let frame):
                note("quarantines \(frame.first)...\(frame.last)")
                quarantined(frame)
            case .superseded(_, let top):
                note("is superseded by \(top)")
                if !world.has(.secondGatewayUnnoticed) { perform(machine.superseded(by: top, at: moment)) }
            }
        }
    }

    private func send(_ message: LinkMessage, to link: LinkID) {
        guard let wire = peers[link], let receive = receivers[link] else { return }
        let bytes = message.encoded(ts: wall)
        wire.send(from: .server) { receive(bytes) }
    }
}

/// A dispatch on which the fold traps, as a fault of ours would make it.
enum Poison {
    static let text = "\"poison\":true"

    /// The dispatches on which folding the journal anew would trap.
    static func marks(in recovery: Recovery) -> Set<FoldMark> {
        var epoch = recovery.checkpoint?.folded.epoch ?? 0
        var (isOpen, waiting) = (false, [UInt64]())
        var marks: Set<FoldMark> = []
        for record in recovery.records {
            switch record.input {
            case .sessionBegan(_, _, let chosen):
                (isOpen, waiting) = (chosen == nil, [])
                if let chosen { epoch = chosen }
            case .epochChosen(let chosen):
                (isOpen, epoch) = (false, chosen)
                for sequence in waiting { marks.insert(FoldMark(epoch: chosen, sequence: sequence)) }
                waiting = []
            default:
                guard let sequence = sequence(of: record) else { continue }
                if isOpen {
                    waiting.append(sequence)
                } else {
                    marks.insert(FoldMark(epoch: epoch, sequence: sequence))
                }
            }
        }
        return marks
    }

    static func sequence(of record: JournalRecord) -> UInt64? {
        guard case .dispatch(let dispatch) = record.input, dispatch.data["poison"]?.bool == true else {
            return nil
        }
        return dispatch.sequence
    }
}

extension JournalRecord {
    var beginsSession: Bool {
        if case .sessionBegan = input { true } else { false }
    }
}

extension EventFrame {
    /// The first two events in the other order, as iterating a Set under another hash seed would make them.
    var reordered: EventFrame {
        guard events.count > 1, let first = events[0].kind, let second = events[1].kind else { return self }
        let swapped = [
            StreamEvent(
                id: events[0].id,
                kind: second,
                guild: events[1].guild,
                ts: events[1].ts,
                payload: Array(events[1].payloadBytes)
            ),
            StreamEvent(
                id: events[1].id,
                kind: first,
                guild: events[0].guild,
                ts: events[0].ts,
                payload: Array(events[0].payloadBytes)
            ),
        ]
        return EventFrame(shard: shard, prev: prev, events: swapped + events.dropFirst(2))
    }
}
