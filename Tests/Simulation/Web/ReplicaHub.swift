import Base
import EventBus
import EventModels
import JSON
import Web

/// `Hub` without its actor: what a replica knows of every shard. The decisions are `ShardView`'s and `TailMachine`'s.
final class ReplicaHub {
    private unowned let replica: Replica
    private(set) var views: [ShardName: ShardView] = [:]
    private var tails: [ShardName: Tail] = [:]
    private(set) var caughtUp: Set<ShardName> = []
    private var saved: [Snowflake: EventID] = [:]

    private static let recentAtStart = 5_000

    init(_ replica: Replica) { self.replica = replica }

    private var world: World { replica.world }

    func hear(_ shard: ShardName, _ signal: BusSignal) { tails[shard]?.hear(signal) }

    func tailPosition(of shard: ShardName) -> EventID? { tails[shard]?.position }

    // MARK: Shards

    func know(_ shards: [ShardName]) {
        for shard in shards.sorted() where views[shard] == nil {
            views[shard] = ShardView(shard: shard)
            follow(shard)
        }
    }

    private func follow(_ shard: ShardName) {
        readStart(of: shard) { [weak self] start in
            guard let self else { return }
            guard let start else { return views[shard] = nil }
            begin(shard, start)
        }
    }

    /// What `LogStart.read` reads; nil: the bus is away.
    private struct Start {
        var snapshots: [GuildSnapshot] = []
        var after: EventID?
        var events: [StreamEvent] = []
    }

    private func readStart(of shard: ShardName, _ done: @escaping (Start?) -> Void) {
        replica.bus.bounds(of: shard) { [weak self] result in
            guard let self, case .success(let bounds) = result else { return done(nil) }
            replica.bus.loadSnapshots(of: shard) { [weak self] result in
                guard let self, case .success(let all) = result else { return done(nil) }
                let snapshots = usable(all, bounds)
                guard let oldest = snapshots.map(\.id).min() else { return done(Start()) }
                guard bounds.first != nil else {
                    return done(Start(snapshots: snapshots, after: snapshots.map(\.id).max()))
                }
                replica.bus.recent(shard, count: Self.recentAtStart) { result in
                    guard case .success(let newest) = result else { return done(nil) }
                    guard let first = newest.first?.id, first <= oldest else {
                        return done(Start(snapshots: snapshots, after: oldest))
                    }
                    done(Start(snapshots: snapshots, after: first, events: Array(newest.dropFirst())))
                }
            }
        }
    }

    private func usable(_ snapshots: [GuildSnapshot], _ bounds: LogBounds) -> [GuildSnapshot] {
        guard let first = bounds.first else { return snapshots }
        return snapshots.filter { first <= $0.id }
    }

    private func begin(_ shard: ShardName, _ start: Start) {
        var view = ShardView(shard: shard)
        for snapshot in start.snapshots {
            guard let state = GuildState(decoding: snapshot.state), state.id == snapshot.guild else {
                world.fail("\(replica.name): a snapshot of \(snapshot.guild) cannot be read")
                continue
            }
            let id = world.has(.snapshotCountsAtOnce) ? EventID(epoch: 0, number: 0) : snapshot.id
            view.load(state, at: id)
            saved[snapshot.guild] = snapshot.id
        }
        if let first = start.after { view.begin(after: first) }
        for event in start.events { _ = view.take(event) }
        views[shard] = view
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
            var events: [DeliverableEvent] = []
            for event in delivery.events {
                guard let position = views[shard]?.position, position < event.id else {
                    world.fail("\(replica.name): the tail passed \(event.id) twice")
                    continue
                }
                guard let deliverable = views[shard]?.take(event) else { continue }
                if position.epoch == 0 { views[shard]?.firstOfLogTaken() }
                events.append(world.has(.hiddenShown) ? deliverable.shown(event) : deliverable)
            }
            replica.desk.post(.batch(DeliverableBatch(shard: shard, events: events)))
        }
        if delivery.isCaughtUp, caughtUp.insert(shard).inserted { replica.note("caught up with \(shard)") }
    }

    private func startOver(_ shard: ShardName, _ gap: EventID) {
        replica.note("the log has a gap behind \(gap); \(shard) is loaded anew")
        tails.removeValue(forKey: shard)?.stop()
        views[shard] = nil
        caughtUp.remove(shard)
        replica.desk.post(.startedOver(shard))
    }

    // MARK: Viewers

    private func shards(of key: GroupKey) -> [ShardName]? {
        let ready = views.values.filter { caughtUp.contains($0.shard) }
        guard ready.count == views.count, !ready.isEmpty else { return nil }
        guard !key.guilds.isEmpty else { return ready.map(\.shard).sorted() }
        var shards: Set<ShardName> = []
        for guild in key.guilds {
            guard let view = ready.first(where: { $0.isReady(guild) }) else { return nil }
            shards.insert(view.shard)
        }
        return shards.sorted()
    }

    func open(_ key: GroupKey) {
        guard let shards = shards(of: key) else { return replica.desk.post(.unavailable(key)) }
        let recent = shards.map { shard in
            let view = views[shard] ?? ShardView(shard: shard)
            guard shards.count == 1 else {
                return GroupSeed.Shard(name: shard, floor: view.position, events: [])
            }
            let newest = view.recent.newest(bytesMax: Desk.ringBytesMax)
            return GroupSeed.Shard(name: shard, floor: newest.floor, events: Array(newest.events))
        }
        replica.desk.post(.opened(key, GroupSeed(shards: recent)))
    }

    func snapshot(_ key: GroupKey) {
        guard let shards = shards(of: key) else { return replica.desk.post(.unavailable(key)) }
        let cursor = StreamCursor(ids: shards.map { views[$0]?.position ?? EventID(epoch: 0, number: 0) })
        let snapshot = StreamSnapshot(cursor: cursor, data: encode(key, shards, cursor))
        replica.desk.post(.snapshot(key, snapshot))
    }

    private func encode(_ key: GroupKey, _ shards: [ShardName], _ cursor: StreamCursor) -> [UInt8] {
        var payload = JSONWriter(reserving: 4096)
        payload.beginObject()
        payload.key("guilds")
        payload.beginArray()
        for view in shards.compactMap({ views[$0] }) {
            for guild in view.readyGuilds where key.wants(guild: guild) {
                guard let state = view.states[guild] else { continue }
                key.encode(state, view.sight(of: guild), into: &payload)
            }
        }
        payload.endArray()
        payload.endObject()
        return StreamSnapshot.envelope(
            cursor: cursor,
            guild: nil,
            ts: replica.wall,
            payload: payload.takeBytes()
        )
    }

    func tops(of shards: Set<ShardName>, _ answer: @escaping ([ShardName: EventID]) -> Void) {
        var tops: [ShardName: EventID] = [:]
        func next(_ rest: ArraySlice<ShardName>) {
            guard let shard = rest.first else { return answer(tops) }
            replica.bus.bounds(of: shard) { result in
                if case .success(let bounds) = result {
                    tops[shard] = bounds.top ?? EventID(epoch: 0, number: 0)
                }
                next(rest.dropFirst())
            }
        }
        next(shards.sorted()[...])
    }

    func replay(_ key: GroupKey, after cursor: StreamCursor) {
        guard let shards = shards(of: key) else { return replica.desk.post(.unavailable(key)) }
        let held = shards.compactMap { shard in
            views[shard].map { (name: shard, recent: $0.recent, position: $0.position) }
        }
        replica.desk.post(.replayed(key, cursor, StreamReplay(key, after: cursor, shards: held)))
    }

    // MARK: Snapshots in the bus

    func saveSnapshots(of shards: [ShardName]) {
        for shard in shards {
            guard let view = views[shard], caughtUp.contains(shard) else { continue }
            for guild in view.readyGuilds {
                guard let state = view.states[guild], saved[guild] != view.position else { continue }
                let id = view.position
                let snapshot = GuildSnapshot(guild: guild, id: id, state: state.encoded())
                replica.bus.save(snapshot, of: shard) { [weak self] result in
                    if case .success = result { self?.saved[guild] = id }
                }
            }
        }
    }
}

extension GroupKey {
    /// A guild as this group sees it.
    func encode(_ state: GuildState, _ sight: EveryoneSight, into writer: inout JSONWriter) {
        state.encodeView(
            visibleChannels: channels.isEmpty ? sight.channels : sight.channels.intersection(channels),
            messageChannels: channels.isEmpty ? sight.readable : sight.readable.intersection(channels),
            into: &writer
        )
    }
}

extension DeliverableEvent {
    /// As if everybody might see everything: only a planted fault does that.
    func shown(_ event: StreamEvent) -> DeliverableEvent {
        DeliverableEvent(
            id: id,
            guild: guild,
            name: name,
            channels: channels,
            envelope: event.envelope,
            resetsGuild: resetsGuild,
            ts: ts
        )
    }
}
