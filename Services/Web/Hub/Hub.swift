import Base
package import EventBus
package import EventLoop
package import EventModels
import JSON
package import Telemetry

/// What a replica knows: the guilds of every shard, kept current by the logs, and what of it viewers may see.
///
/// Lives on its own loop, beside the link and the bus. Viewers' loops get from it, in one order: batches of events,
/// the seeds of new groups, and snapshots as of the place where they stand in that order.
package actor Hub {
    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let bus: any EventBus
    private let log: Log
    private let metrics: HubMetrics
    private var views: [ShardName: ShardView] = [:]
    private var tails: [ShardName: Task<Void, Never>] = [:]
    private var caughtUp: Set<ShardName> = []
    /// Snapshots that are known to be in the bus.
    private var saved: [ShardName: [Snowflake: EventID]] = [:]
    private var viewerLoops: [ViewerLoop] = []
    private var encoded: [GroupKey: (cursor: StreamCursor, snapshot: StreamSnapshot)] = [:]

    /// Encoded snapshots kept; past it all are forgotten and made again when asked for.
    private static let snapshotsMax = 256
    package init(bus: any EventBus, log: Log, metrics: HubMetrics) {
        self.bus = bus
        loop = bus.loop
        self.log = log
        self.metrics = metrics
    }

    package func attach(_ viewerLoops: [ViewerLoop]) { self.viewerLoops = viewerLoops }

    // MARK: Shards

    /// Names that the bus or a link told of; those that are new are loaded and followed.
    package func know(_ shards: [ShardName]) async {
        for shard in shards.sorted() where views[shard] == nil {
            views[shard] = ShardView(shard: shard)
            await follow(shard)
        }
    }

    /// Loads the shard's snapshots and its newest events, then follows its log. A bus that is away is tried again by
    /// the next call of `know`.
    private func follow(_ shard: ShardName) async {
        do {
            let begin = MonotonicClock.now()
            let start = try await LogStart.read(shard, from: bus)
            var view = ShardView(shard: shard)
            for snapshot in start.snapshots {
                guard let state = GuildState(decoding: snapshot.state), state.id == snapshot.guild else {
                    log.warning("a guild's snapshot cannot be read", [.guild: .string("\(snapshot.guild)")])
                    continue
                }
                view.load(state, at: snapshot.id)
                saved[shard, default: [:]][snapshot.guild] = snapshot.id
            }
            if let first = start.after { view.begin(after: first) }
            for (index, event) in start.events.enumerated() {
                _ = view.take(event)
                // Other shards' viewers are served meanwhile.
                if index % 500 == 499 { await Task.yield() }
            }
            views[shard] = view
            log.info(
                "following a shard's log",
                [
                    .shard: .string(shard.description), .count: .int(start.events.count),
                    .durationSeconds: .seconds(MonotonicClock.now() - begin),
                ]
            )
            let tail = BusTail(bus, shard: shard, after: start.events.last?.id ?? start.after) {
                [weak self] delivery in
                self?.assumeIsolated { $0.take(delivery, of: shard) }
            }
            tails[shard] = Task { await tail.run() }
        } catch {
            views[shard] = nil
            log.warning(
                "a shard's log cannot be read yet",
                [.shard: .string(shard.description), .error: .string("\(error)")]
            )
        }
    }

    private func take(_ delivery: TailDelivery, of shard: ShardName) {
        guard views[shard] != nil, tails[shard] != nil else { return }
        if let gap = delivery.gapAfter { return startOver(shard, gap) }
        metrics.unreadable.increment(by: delivery.unreadable)
        if !delivery.events.isEmpty {
            var deliverables: [DeliverableEvent] = []
            deliverables.reserveCapacity(delivery.events.count)
            for event in delivery.events {
                guard let position = views[shard]?.position, position < event.id else {
                    metrics.repeated.increment()
                    continue
                }
                guard let deliverable = views[shard]?.take(event) else { continue }
                if event.kind == .logGap { noteGap(event, shard) }
                if position.epoch == 0 { views[shard]?.firstOfLogTaken() }
                deliverables.append(deliverable)
            }
            metrics.events.increment(by: deliverables.count)
            let batch = DeliverableBatch(shard: shard, events: deliverables)
            for viewerLoop in viewerLoops { viewerLoop.post(.batch(batch)) }
        }
        if delivery.isCaughtUp, caughtUp.insert(shard).inserted {
            log.info(
                "caught up with a shard's log",
                [.shard: .string(shard.description), .count: .int(views[shard]?.readyGuilds.count ?? 0)]
            )
        }
    }

    /// The log says itself that events are missing; the guilds' states follow behind, and who sees them change gets a
    /// reset.
    private func noteGap(_ event: StreamEvent, _ shard: ShardName) {
        metrics.gaps.increment()
        log.warning(
            "events are missing in the log",
            [.shard: .string("\(shard)"), .eventID: .string("\(event.id)")]
        )
    }

    /// The log no longer holds what follows: nothing that is held here can be trusted. The shard is loaded anew by the
    /// next `know`; its viewers come again and get a reset.
    private func startOver(_ shard: ShardName, _ gap: EventID) {
        metrics.gaps.increment()
        log.warning(
            "the log has a gap; the shard is loaded anew",
            [.shard: .string("\(shard)"), .previous: .string("\(gap)")]
        )
        tails.removeValue(forKey: shard)?.cancel()
        views[shard] = nil
        caughtUp.remove(shard)
        encoded = [:]
        for viewerLoop in viewerLoops { viewerLoop.post(.startedOver(shard)) }
    }

    /// Follows no more.
    package func stop() {
        for tail in tails.values { tail.cancel() }
        tails = [:]
    }

    /// Why viewers cannot be served, or nil.
    package var missing: String? {
        if views.isEmpty { return "no shard has written to the bus yet" }
        let behind = views.keys.filter { !caughtUp.contains($0) }.sorted()
        if !behind.isEmpty {
            return "still reading the log of shard \(behind.map(\.description).joined(separator: ", "))"
        }
        return nil
    }

    package func position(of shard: ShardName) -> EventID? {
        views[shard].flatMap { $0.position.epoch == 0 ? nil : $0.position }
    }

    // MARK: Viewers

    /// The shards of a group, or nil while a guild that it names is not known.
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

    /// Answers with `.opened` or `.unavailable`, behind the batches that were posted before.
    package func open(_ key: GroupKey, recentBytesMax: Int, for viewerLoop: ViewerLoop) {
        guard let shards = shards(of: key) else { return viewerLoop.post(.unavailable(key)) }
        let recent = shards.map { shard in
            let view = views[shard] ?? ShardView(shard: shard)
            guard shards.count == 1 else {
                return GroupSeed.Shard(name: shard, floor: view.position, events: [])
            }
            let newest = view.recent.newest(bytesMax: recentBytesMax)
            return GroupSeed.Shard(name: shard, floor: newest.floor, events: Array(newest.events))
        }
        viewerLoop.post(.opened(key, GroupSeed(shards: recent)))
    }

    /// Answers with `.snapshot` or `.unavailable`, behind the batches that were posted before.
    package func snapshot(_ key: GroupKey, for viewerLoop: ViewerLoop) {
        guard let shards = shards(of: key) else { return viewerLoop.post(.unavailable(key)) }
        let cursor = StreamCursor(ids: shards.map { views[$0]?.position ?? EventID(epoch: 0, number: 0) })
        if let held = encoded[key], held.cursor == cursor {
            return viewerLoop.post(.snapshot(key, held.snapshot))
        }
        let snapshot = StreamSnapshot(cursor: cursor, data: encode(key, shards, cursor))
        if encoded.count >= Self.snapshotsMax { encoded = [:] }
        encoded[key] = (cursor, snapshot)
        viewerLoop.post(.snapshot(key, snapshot))
    }

    private func encode(_ key: GroupKey, _ shards: [ShardName], _ cursor: StreamCursor) -> [UInt8] {
        var payload = JSONWriter(reserving: 8192)
        payload.beginObject()
        payload.key("guilds")
        payload.beginArray()
        var shown: [Snowflake] = []
        for view in shards.compactMap({ views[$0] }) {
            for guild in view.readyGuilds where key.wants(guild: guild) {
                guard let state = view.states[guild] else { continue }
                let sight = view.sight(of: guild)
                let wanted = key.channels
                shown.append(guild)
                state.encodeView(
                    visibleChannels: wanted.isEmpty ? sight.channels : sight.channels.intersection(wanted),
                    messageChannels: wanted.isEmpty ? sight.readable : sight.readable.intersection(wanted),
                    into: &payload
                )
            }
        }
        payload.endArray()
        payload.endObject()
        return StreamSnapshot.envelope(
            cursor: cursor,
            guild: shown.count == 1 ? shown[0] : nil,
            ts: WallClock.unixMilliseconds(),
            payload: payload.takeBytes()
        )
    }

    /// Where the logs end now, by the bus: one look for all who ask at once. Shards that it could not tell are left
    /// out.
    package func tops(of shards: Set<ShardName>) async -> [ShardName: EventID] {
        var tops: [ShardName: EventID] = [:]
        for shard in shards.sorted() {
            metrics.topLooks.increment()
            do {
                // An empty log has nothing that anyone can have seen.
                tops[shard] = try await bus.top(of: shard) ?? EventID(epoch: 0, number: 0)
            } catch {
                log.debug("a log's end cannot be looked up", [.error: .string("\(error)")])
            }
        }
        return tops
    }

    /// Answers with `.replayed`, behind the batches that were posted before.
    package func replay(_ key: GroupKey, after cursor: StreamCursor, for viewerLoop: ViewerLoop) {
        guard let shards = shards(of: key) else { return viewerLoop.post(.unavailable(key)) }
        let held = shards.compactMap { shard in
            views[shard].map { (name: shard, recent: $0.recent, position: $0.position) }
        }
        viewerLoop.post(.replayed(key, cursor, StreamReplay(key, after: cursor, shards: held)))
    }

    // MARK: Snapshots in the bus

    /// Writes what changed since the last call, for the shards that this replica publishes; a guild that is gone has
    /// its snapshot removed.
    package func saveSnapshots(of shards: [ShardName]) async {
        for shard in shards where caughtUp.contains(shard) {
            do { try await saveSnapshots(of: shard) } catch {
                return log.debug("a snapshot was not saved", [.error: .string("\(error)")])
            }
        }
    }

    private func saveSnapshots(of shard: ShardName) async throws(BusError) {
        guard let view = views[shard] else { return }
        for guild in view.readyGuilds {
            guard let state = view.states[guild], saved[shard]?[guild] != view.position else { continue }
            let snapshot = GuildSnapshot(guild: guild, id: view.position, state: state.encoded())
            try await bus.saveSnapshot(snapshot, of: shard)
            saved[shard, default: [:]][guild] = view.position
        }
        for guild in saved[shard, default: [:]].keys.sorted() where view.states[guild] == nil {
            // It may have come back while the others were saved.
            guard views[shard]?.states[guild] == nil else { continue }
            try await bus.removeSnapshot(of: guild, shard: shard)
            saved[shard]?[guild] = nil
        }
    }
}
