import Base
import EventBus
import EventModels
import JSON
import Web

/// `Hub` without its actor: what a replica knows of every shard. The decisions are `HubMachine`'s and `TailMachine`'s.
final class ReplicaHub {
    private unowned let replica: Replica
    private var machine = HubMachine()
    private var tails: [ShardName: Tail] = [:]
    private var saved: [Snowflake: EventID] = [:]
    private var lines: LoopLines
    private var savedAnchors: [Snowflake: EventID] = [:]

    /// How often everybody was forgotten.
    private var generation = 0

    private static let recentAtStart = 5_000

    init(_ replica: Replica) {
        self.replica = replica
        lines = LoopLines(count: replica.desks.count)
    }

    private var world: World { replica.world }
    var views: [ShardName: ShardView] { machine.views }
    var caughtUp: Set<ShardName> { machine.caughtUp }

    func hear(_ shard: ShardName, _ signal: BusSignal) { tails[shard]?.hear(signal) }

    func tailPosition(of shard: ShardName) -> EventID? { tails[shard]?.position }

    // MARK: Shards

    func know(_ shards: [ShardName]) {
        for shard in shards.sorted() where views[shard] == nil {
            machine.expect(shard)
            follow(shard)
        }
    }

    private func follow(_ shard: ShardName) {
        readStart(of: shard) { [weak self] start in
            guard let self else { return }
            guard let start else { return machine.giveUp(shard) }
            begin(shard, start)
        }
    }

    /// What `LogStart.read` reads; nil: the bus is away.
    private func readStart(of shard: ShardName, _ done: @escaping (LogStart?) -> Void) {
        replica.bus.bounds(of: shard) { [weak self] result in
            guard let self, case .success(let bounds) = result else { return done(nil) }
            replica.bus.loadSnapshots(of: shard) { [weak self] result in
                guard let self, case .success(let all) = result else { return done(nil) }
                let isLatest = world.has(.snapshotCountsAtOnce)
                let snapshots = LogStart.usable(all.filter { !isLatest || !$0.isAnchor }, bounds)
                guard !snapshots.isEmpty, bounds.first != nil else { return done(LogStart(snapshots)) }
                replica.bus.recent(shard, count: Self.recentAtStart) { result in
                    guard case .success(let newest) = result else { return done(nil) }
                    done(LogStart(snapshots, behind: newest.first?.id, Array(newest.dropFirst())))
                }
            }
        }
    }

    private func begin(_ shard: ShardName, _ start: LogStart) {
        var view = ShardView(shard: shard)
        for snapshot in start.snapshots {
            guard let state = GuildState(decoding: snapshot.state), state.id == snapshot.guild else {
                world.fail("\(replica.name): a snapshot of \(snapshot.guild) cannot be read")
                continue
            }
            let id = world.has(.snapshotCountsAtOnce) ? EventID(epoch: 0, number: 0) : snapshot.id
            view.load(state, at: id)
        }
        if let first = start.after { view.begin(after: first) }
        for event in start.events { _ = view.take(event) }
        _ = machine.begin(view)
        let position = start.events.last?.id ?? start.after
        replica.note("follows \(shard) behind \(position?.description ?? "the start")")
        let tail = Tail(replica, shard, after: position) { [weak self] in self?.take($0, of: shard) }
        tails[shard] = tail
        tail.start()
    }

    private func take(_ delivery: TailDelivery, of shard: ShardName) {
        guard views[shard] != nil, tails[shard] != nil else { return }
        if let gap = delivery.gapAfter, !world.has(.gapPassedOver) { return startOver(shard, gap) }
        if delivery.unreadable > 0 { world.fail("\(replica.name): an entry of the log cannot be read") }
        if !delivery.events.isEmpty {
            let step = machine.take(delivery.events.map { planted.taken($0) }, of: shard)
            if step.repeated > 0 {
                world.fail("\(replica.name): the tail passed \(step.repeated) events twice")
            }
            let batch = planted.batch(step.batch, of: delivery.events) { [machine] guild in
                machine.views[shard]?.states[guild]?.channels.keys.min()
            }
            for number in lines.hearing { replica.desks[number].post(.batch(batch)) }
            if step.forgot { forgetEverybody() }
            for wanted in step.wanted { ask(wanted) }
            openWaiting()
        }
        if delivery.isCaughtUp, machine.caughtUp(with: shard) { replica.note("caught up with \(shard)") }
    }

    private func startOver(_ shard: ShardName, _ gap: EventID) {
        replica.note("the log has a gap behind \(gap); \(shard) is loaded anew")
        tails.removeValue(forKey: shard)?.stop()
        machine.startOver(shard)
        forgetEverybody()
    }

    /// The machine has: whose streams are open comes again, and answers to questions from before do not count.
    private func forgetEverybody() {
        generation += 1
        waiting = []
        for desk in replica.desks {
            lines.startedOver(desk.number)
            desk.post(.startedOver)
        }
    }

    // MARK: Viewers

    private var waiting: [(key: OpeningKey, desk: Desk)] = []

    func open(_ key: OpeningKey, for desk: Desk) {
        switch machine.open(key, recentBytesMax: Desk.ringBytesMax) {
        case .opening(let opening): post(opening, key, desk)
        case .unavailable: desk.post(.unavailable(key))
        case .wanted(let wanted):
            waiting.append((key, desk))
            for one in wanted where !machine.book.isAsked(one) { ask(one) }
            replica.after(5_000_000) { [weak self] in self?.giveUp(key, desk) }
        }
    }

    private func post(_ opening: Opening, _ key: OpeningKey, _ desk: Desk) {
        lines.opened(opening.number, on: desk.number)
        desk.post(.opened(key, planted(opening, key)))
    }

    private func giveUp(_ key: OpeningKey, _ desk: Desk) {
        guard let index = waiting.firstIndex(where: { $0.key == key && $0.desk === desk }) else { return }
        waiting.remove(at: index)
        desk.post(.unavailable(key))
    }

    private func openWaiting() {
        let all = waiting
        waiting = []
        for (key, desk) in all {
            switch machine.open(key, recentBytesMax: Desk.ringBytesMax) {
            case .opening(let opening): post(opening, key, desk)
            case .unavailable: desk.post(.unavailable(key))
            case .wanted(let wanted):
                if wanted.allSatisfy({ machine.book.isAsked($0) }) {
                    waiting.append((key, desk))
                } else {
                    desk.post(.unavailable(key))
                }
            }
        }
    }

    /// Asks the gateways who somebody is.
    private func ask(_ wanted: SightBook.Wanted) {
        guard let shard = machine.shard(of: wanted.guild) else { return }
        machine.asked(wanted)
        let own = generation
        // As a question to an actor is: not answered from within it.
        let done = { [weak self] (answer: MemberAnswer?) in
            guard let self else { return }
            self.replica.after(self.world.random.below(Int64(200))) { [weak self] in
                guard let self, own == generation else { return }
                answered(wanted, answer)
            }
        }
        replica.fetch(wanted.user, of: wanted.guild, in: shard, done)
    }

    private func answered(_ wanted: SightBook.Wanted, _ answer: MemberAnswer?) {
        let moves = machine.answered(wanted, answer)
        if answer == nil, machine.book.isInDoubt(wanted) {
            let own = generation
            replica.after(1_000_000) { [weak self] in
                guard let self, own == generation, machine.book.isInDoubt(wanted) else { return }
                ask(wanted)
            }
        }
        if !moves.isEmpty { for number in lines.hearing { replica.desks[number].post(.moves(moves)) } }
        openWaiting()
    }

    func forget(allBut used: Set<Follower>, openedUpTo seen: Int, isIdle: Bool, of desk: Desk) {
        lines.report(used, openedUpTo: seen, isIdle: isIdle, from: desk.number)
        if let idle = lines.forgettable { machine.forget(allBut: idle.used, openedUpTo: idle.openedUpTo) }
    }

    func snapshot(_ key: GroupKey, for desk: Desk) {
        guard let shards = machine.shards(of: key.filter) else { return desk.post(.noSnapshot(key)) }
        guard let data = plantedSnapshot(key, shards) ?? machine.encodeSnapshot(key, shards, ts: replica.wall)
        else { return }
        let snapshot = StreamSnapshot(cursor: machine.cursor(of: shards), data: data, format: key.format)
        desk.post(.snapshot(key, snapshot))
    }

    func ends(of shards: Set<ShardName>, _ answer: @escaping ([ShardName: LogEnd]) -> Void) {
        var ends: [ShardName: LogEnd] = [:]
        func next(_ rest: ArraySlice<ShardName>) {
            guard let shard = rest.first else { return answer(ends) }
            let hasGateway = replica.isLinked(to: shard)
            replica.bus.bounds(of: shard) { result in
                if case .success(let bounds) = result {
                    let top = bounds.top ?? EventID(epoch: 0, number: 0)
                    ends[shard] = LogEnd(top: top, hasGateway: hasGateway)
                }
                next(rest.dropFirst())
            }
        }
        next(shards.sorted()[...])
    }

    // MARK: Snapshots in the bus

    func saveSnapshots(of shards: [ShardName]) {
        for shard in shards {
            guard let view = views[shard], caughtUp.contains(shard) else { continue }
            for guild in view.readyGuilds {
                saveAnchor(of: guild, view)
                guard let state = view.states[guild], saved[guild] != view.position else { continue }
                let id = view.position
                let snapshot = GuildSnapshot(guild: guild, id: id, state: state.encoded())
                replica.bus.save(snapshot, of: shard) { [weak self] result in
                    if case .success = result { self?.saved[guild] = id }
                }
            }
        }
    }

    private func saveAnchor(of guild: Snowflake, _ view: ShardView) {
        guard let anchor = view.anchor(of: guild), savedAnchors[guild] != anchor.id else { return }
        let state = anchor.state.encoded()
        let snapshot = GuildSnapshot(guild: guild, id: anchor.id, state: state, isAnchor: true)
        replica.bus.save(snapshot, of: view.shard) { [weak self] result in
            if case .success = result { self?.savedAnchors[guild] = anchor.id }
        }
    }
}

/// What planted faults make of it.
extension ReplicaHub {
    private var planted: PlantedSight {
        PlantedSight(plant: world.plant, isFirstReplica: replica.name == "web1")
    }

    private func planted(_ opening: Opening, _ key: OpeningKey) -> Opening {
        guard world.has(.replayedAcrossChange), case .reset = opening.past, let cursor = key.cursor else {
            return opening
        }
        let held = views.values.map { (name: $0.shard, recent: $0.recent, position: $0.position) }
        let replay = StreamReplay(
            key.filter,
            opening.sights,
            after: cursor,
            shards: held,
            format: key.format
        )
        guard let replay else { return opening }
        return Opening(
            sight: opening.sight,
            sights: opening.sights,
            seed: opening.seed,
            past: .replay(replay),
            number: opening.number
        )
    }

    private func plantedSnapshot(_ key: GroupKey, _ shards: [ShardName]) -> [UInt8]? {
        guard planted.makesViews, let sights = machine.book.sights(of: key.sight) else { return nil }
        var payload = JSONWriter()
        payload.beginObject()
        payload.key("guilds")
        payload.beginArray()
        for view in shards.compactMap({ views[$0] }) {
            for guild in view.readyGuilds where key.filter.wants(guild: guild) {
                guard let state = view.states[guild], let sight = sights[guild] else { continue }
                payload.raw(planted.view(state, sight, key.filter))
            }
        }
        payload.endArray()
        payload.endObject()
        return StreamSnapshot.envelope(
            cursor: machine.cursor(of: shards),
            guild: nil,
            ts: replica.wall,
            payload: payload.takeBytes()
        )
    }
}
