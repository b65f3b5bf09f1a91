package import Base
package import EventBus
package import EventLoop
package import EventModels
package import Telemetry

/// What a replica knows: the guilds of every shard, kept current by the logs, and what of it viewers may see.
///
/// Lives on its own loop, beside the link and the bus. Viewers' loops get from it, in one order: batches of events,
/// the seeds of new groups, and snapshots as of the place where they stand in that order.
package actor Hub {
    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let bus: any EventBus
    private var members: (any MemberSource)?
    private var settings: SettingsBook?
    private let log: Log
    let metrics: HubMetrics
    private(set) var machine = HubMachine()
    private var tails: [ShardName: Task<Void, Never>] = [:]
    private var ledger = SnapshotLedger()
    private var viewerLoops: [ViewerLoop] = []
    private var encoded: [GroupKey: (cursor: StreamCursor, snapshot: StreamSnapshot)] = [:]
    private var pending = PendingOpenings()
    /// How often everybody was forgotten: answers to questions from before do not count.
    private var generation = 0
    private var lines = LoopLines(count: 0)
    private var forgotAt = Duration.zero - Hub.forgetInterval
    /// Callers of the API: `Hub+Looks`.
    var waiters = PositionWaiters()

    /// Encoded snapshots kept; past it all are forgotten and made again when asked for.
    private static let snapshotsMax = 256
    /// How long a stream waits to learn who its viewer is.
    private static let factsMax = Duration.seconds(5)
    /// Shorter than the time between a loop's reports: one that reports no more does not end forgetting.
    private static let forgetInterval = Duration.seconds(10)
    /// Unix milliseconds, in the year 10,889.
    private static let tsMax: Int64 = 1 << 48
    /// Before somebody is asked for again who may have become other than is known.
    private static let askAgain = Duration.seconds(1)

    package init(bus: any EventBus, log: Log, metrics: HubMetrics) {
        self.bus = bus
        loop = bus.loop
        self.log = log
        self.metrics = metrics
    }

    /// The loops in the order of their numbers. Without `members` nobody can say who a user is: users see nothing.
    package func attach(_ viewerLoops: [ViewerLoop], members: (any MemberSource)? = nil) {
        precondition(viewerLoops.map(\.number) == Array(viewerLoops.indices), "loops are numbered from 0")
        lines = LoopLines(count: viewerLoops.count)
        self.viewerLoops = viewerLoops
        self.members = members
    }

    /// Settings that the logs tell go there.
    package func attach(_ settings: SettingsBook) { self.settings = settings }

    // MARK: Shards

    /// Names that the bus or a link told of; those that are new are loaded and followed.
    package func know(_ shards: [ShardName]) async {
        for shard in shards.sorted() where machine.views[shard] == nil {
            machine.expect(shard)
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
            }
            if let first = start.after { view.begin(after: first) }
            for (index, event) in start.events.enumerated() {
                _ = view.take(event)
                // Other shards' viewers are served meanwhile.
                if index % 500 == 499 { await Task.yield() }
            }
            settings?.take(start.events)
            note(machine.begin(view))
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
            machine.giveUp(shard)
            log.warning(
                "a shard's log cannot be read yet",
                [.shard: .string(shard.description), .error: .string("\(error)")]
            )
        }
    }

    private func take(_ delivery: TailDelivery, of shard: ShardName) {
        guard machine.views[shard] != nil, tails[shard] != nil else { return }
        if let gap = delivery.gapAfter { return startOver(shard, gap) }
        metrics.unreadable.increment(by: delivery.unreadable)
        if !delivery.events.isEmpty {
            settings?.take(delivery.events)
            let step = machine.take(delivery.events, of: shard)
            metrics.repeated.increment(by: step.repeated)
            metrics.events.increment(by: step.batch.events.count)
            // What is read to catch up was made long ago.
            if delivery.isCaughtUp, machine.caughtUp.contains(shard), let last = step.batch.events.last {
                // The log is not ours alone to write: a time beyond all bounds in it must not end the replica.
                let made = min(max(0, last.ts), Self.tsMax)
                metrics.logHop.observe(microseconds: WallClock.unixMicroseconds() - made * 1000)
            }
            for id in step.gaps { noteGap(id, shard) }
            note(step.claims)
            hand(step.batch)
            if step.forgot { forgetEverybody() }
            for wanted in step.wanted { ask(wanted) }
            if !pending.isEmpty { openWaiting() }
            if waiters.count > 0, let position = position(of: shard) {
                waiters.release(shard, upTo: position)
            }
        }
        if delivery.isCaughtUp, machine.caughtUp(with: shard) {
            log.info(
                "caught up with a shard's log",
                [
                    .shard: .string(shard.description),
                    .count: .int(machine.views[shard]?.readyGuilds.count ?? 0),
                ]
            )
        }
    }

    /// To every loop that has streams, each event's bytes but once in memory. A loop that takes less than comes is left
    /// behind: its streams end, and come again behind their last id.
    private func hand(_ batch: DeliverableBatch) {
        let hearing = lines.hearing
        guard !hearing.isEmpty else { return }
        let bytes = batch.bytes
        for number in hearing {
            if viewerLoops[number].hand(batch, bytes: bytes) { continue }
            log.warning("a viewers' loop does not keep up; its streams end", [.name: "viewers-\(number)"])
            lines.startedOver(number)
            pending.removeAll(of: viewerLoops[number])
            viewerLoops[number].post(.startedOver)
        }
    }

    /// Guilds that are another shard's now: what the bus keeps of them under the old one goes.
    private func note(_ claims: [HubMachine.Claim]) {
        guard !claims.isEmpty else { return }
        metrics.claims.increment(by: claims.count)
        log.notice(
            "guilds have another shard now",
            [.count: .int(claims.count), .shard: "\(claims[0].from)"]
        )
        Task { [bus, log] in
            for claim in claims {
                do {
                    try await bus.removeSnapshot(of: claim.guild, shard: claim.from)
                } catch {
                    log.debug("a snapshot was not removed", [.error: .string("\(error)")])
                }
            }
        }
    }

    /// The log says itself that events are missing; the guilds' states follow behind, and who sees them change gets a
    /// reset.
    private func noteGap(_ id: EventID, _ shard: ShardName) {
        metrics.gaps.increment()
        log.warning(
            "events are missing in the log",
            [.shard: .string("\(shard)"), .eventID: .string("\(id)")]
        )
    }

    /// The log no longer holds what follows: nothing that is held here can be trusted. The shard is loaded anew by the
    /// next `know`; viewers come again and get a reset.
    private func startOver(_ shard: ShardName, _ gap: EventID) {
        metrics.gaps.increment()
        log.warning(
            "the log has a gap; the shard is loaded anew",
            [.shard: .string("\(shard)"), .previous: .string("\(gap)")]
        )
        tails.removeValue(forKey: shard)?.cancel()
        machine.startOver(shard)
        ledger.startOver(shard)
        forgetEverybody()
    }

    /// The machine has: whose streams are open comes again, and is asked for anew.
    private func forgetEverybody() {
        generation += 1
        encoded = [:]
        // Their numbers go on, since their timers do; the loops send those who wait away.
        _ = pending.takeAll()
        for viewerLoop in viewerLoops {
            lines.startedOver(viewerLoop.number)
            viewerLoop.post(.startedOver)
        }
    }

    /// Follows no more.
    package func stop() {
        for tail in tails.values { tail.cancel() }
        tails = [:]
    }

    /// Whose log tells of the guild.
    package func shard(of guild: Snowflake) -> ShardName? { machine.shard(of: guild) }

    /// Every guild that is held and current, sorted by id.
    package var guilds: [Snowflake] { machine.views.values.flatMap(\.readyGuilds).sorted() }

    /// Why viewers cannot be served, or nil.
    package var missing: String? { machine.missing }

    /// Whether a log has ever told this replica of anything.
    package var hasHeardOfGuilds: Bool { machine.views.values.contains { $0.position.epoch > 0 } }

    package func position(of shard: ShardName) -> EventID? {
        machine.views[shard].flatMap { $0.position.epoch == 0 ? nil : $0.position }
    }

    // MARK: Viewers

    /// Answers with `.opened` or `.unavailable`, behind the batches that were posted before.
    package func open(_ key: OpeningKey, recentBytesMax: Int, for viewerLoop: ViewerLoop) {
        switch machine.open(key, recentBytesMax: recentBytesMax) {
        case .opening(let opening): post(opening, key, viewerLoop)
        case .unavailable: viewerLoop.post(.unavailable(key))
        case .wanted(let wanted):
            let number = pending.add(key, recentBytesMax, viewerLoop)
            loop.schedule(after: Self.factsMax) { [weak self] in
                self?.assumeIsolated { $0.giveUpOpening(number) }
            }
            for one in wanted where !machine.book.isAsked(one) { ask(one) }
        }
    }

    private func post(_ opening: Opening, _ key: OpeningKey, _ viewerLoop: ViewerLoop) {
        lines.opened(opening.number, on: viewerLoop.number)
        viewerLoop.post(.opened(key, opening))
    }

    private func giveUpOpening(_ number: Int) {
        guard let opening = pending.remove(number) else { return }
        metrics.unknownViewers.increment()
        opening.viewerLoop.post(.unavailable(opening.key))
    }

    private func openWaiting() {
        for opening in pending.takeAll() {
            switch machine.open(opening.key, recentBytesMax: opening.recentBytesMax) {
            case .opening(let made): post(made, opening.key, opening.viewerLoop)
            case .unavailable: opening.viewerLoop.post(.unavailable(opening.key))
            case .wanted(let wanted):
                // Who nobody can say anything of was asked for in vain.
                if wanted.contains(where: { !machine.book.isAsked($0) }) {
                    metrics.unknownViewers.increment()
                    opening.viewerLoop.post(.unavailable(opening.key))
                } else {
                    pending.putBack(opening)
                }
            }
        }
    }

    /// Asks the gateway who somebody is.
    private func ask(_ wanted: SightBook.Wanted) {
        guard let shard = machine.shard(of: wanted.guild) else { return }
        machine.asked(wanted)
        let generation = generation
        Task { [members] in
            let answer = await members?.member(wanted.user, of: wanted.guild, in: shard)
            if generation == self.generation { self.answered(wanted, answer) }
        }
    }

    /// Who is known stays so meanwhile.
    private func askAgain(_ wanted: SightBook.Wanted) {
        let generation = generation
        loop.schedule(after: Self.askAgain) { [weak self] in
            self?.assumeIsolated {
                guard generation == $0.generation, $0.machine.book.isInDoubt(wanted) else { return }
                $0.ask(wanted)
            }
        }
    }

    private func answered(_ wanted: SightBook.Wanted, _ answer: MemberAnswer?) {
        let moves = machine.answered(wanted, answer)
        if machine.book.isInDoubt(wanted), answer == nil { askAgain(wanted) }
        if !moves.isEmpty { for number in lines.hearing { viewerLoops[number].post(.moves(moves)) } }
        openWaiting()
    }

    /// What no loop has streams of any more is forgotten.
    package func forget(
        allBut used: Set<Follower>,
        openedUpTo seen: Int,
        isIdle: Bool,
        of viewerLoop: ViewerLoop
    ) {
        let number = viewerLoop.number
        lines.report(used, openedUpTo: seen, isIdle: isIdle, from: number)
        // All loops report within a moment, and to forget is a walk over all who are known.
        let now = MonotonicClock.now()
        guard now - forgotAt >= Self.forgetInterval, let idle = lines.forgettable else { return }
        forgotAt = now
        machine.forget(allBut: idle.used, openedUpTo: idle.openedUpTo)
        metrics.followers.set(Double(machine.book.followersCount))
        metrics.sights.set(Double(machine.book.sightsCount))
    }

    /// Answers with `.snapshot` or `.noSnapshot`, behind the batches that were posted before; not at all for a sight that
    /// nobody has any more: its viewers are on their way to another.
    package func snapshot(_ key: GroupKey, for viewerLoop: ViewerLoop) {
        guard let shards = machine.shards(of: key.filter) else { return viewerLoop.post(.noSnapshot(key)) }
        let cursor = machine.cursor(of: shards)
        if let held = encoded[key], held.cursor == cursor {
            return viewerLoop.post(.snapshot(key, held.snapshot))
        }
        guard let data = machine.encodeSnapshot(key, shards, ts: WallClock.unixMilliseconds()) else { return }
        let snapshot = StreamSnapshot(cursor: cursor, data: data, format: key.format)
        if encoded.count >= Self.snapshotsMax { encoded = [:] }
        encoded[key] = (cursor, snapshot)
        viewerLoop.post(.snapshot(key, snapshot))
    }

    /// Where the logs end now, by the bus: one look for all who ask at once. Shards that it could not tell are left
    /// out.
    package func ends(of shards: Set<ShardName>) async -> [ShardName: LogEnd] {
        var ends: [ShardName: LogEnd] = [:]
        for shard in shards.sorted() {
            metrics.topLooks.increment()
            do {
                // Asked first: what a gateway sends again when it links must have had its time.
                let hasGateway = await members?.isLinked(to: shard) ?? true
                // An empty log has nothing that anyone can have seen.
                let top = try await bus.top(of: shard) ?? EventID(epoch: 0, number: 0)
                ends[shard] = LogEnd(top: top, hasGateway: hasGateway)
            } catch {
                log.debug("a log's end cannot be looked up", [.error: .string("\(error)")])
            }
        }
        return ends
    }

    // MARK: Snapshots in the bus

    /// After another of these, what was saved may be gone.
    package func busIs(_ life: BusLife) { ledger.busIs(life) }

    /// Writes what is due, for the shards that this replica publishes; a guild that is gone has its snapshot removed.
    package func saveSnapshots(of shards: [ShardName]) async {
        for shard in shards where machine.caughtUp.contains(shard) {
            do { try await saveSnapshots(of: shard) } catch {
                return log.debug("a snapshot was not saved", [.error: .string("\(error)")])
            }
        }
    }

    /// Logs of shards that are no more have no publisher to trim them.
    package func trimRetired() async {
        for shard in machine.retired.sorted() {
            do { _ = try await bus.trim(shard) } catch {
                return log.debug("a log was not trimmed", [.shard: "\(shard)", .error: .string("\(error)")])
            }
        }
    }

    /// Nothing of the view is held while the bus is waited for: the next event would have to copy it.
    private func saveSnapshots(of shard: ShardName) async throws(BusError) {
        guard let due = machine.views[shard].map({ ledger.due($0, now: MonotonicClock.now()) }) else {
            return
        }
        for guild in due {
            if let anchor = anchorDue(guild, shard) {
                try await bus.saveSnapshot(anchor, of: shard)
                ledger.savedAnchor(of: guild, shard, at: anchor.id)
                metrics.snapshotsSaved.increment()
            }
            guard let (snapshot, taken) = snapshotDue(guild, shard) else { continue }
            try await bus.saveSnapshot(snapshot, of: shard)
            ledger.saved(guild, of: shard, at: snapshot.id, taken: taken, now: MonotonicClock.now())
            metrics.snapshotsSaved.increment()
        }
        for guild in machine.views[shard].map({ ledger.gone(from: $0) }) ?? [] {
            // It may have come back while the others were saved.
            guard machine.views[shard]?.states.holds(guild) == false else { continue }
            try await bus.removeSnapshot(of: guild, shard: shard)
            ledger.removed(guild, of: shard)
        }
    }

    private func anchorDue(_ guild: Snowflake, _ shard: ShardName) -> GuildSnapshot? {
        guard let view = machine.views[shard], ledger.isAnchorDue(guild, view),
            let anchor = view.anchor(of: guild)
        else { return nil }
        return GuildSnapshot(guild: guild, id: anchor.id, state: anchor.state.encoded(), isAnchor: true)
    }

    private func snapshotDue(_ guild: Snowflake, _ shard: ShardName) -> (GuildSnapshot, taken: Int)? {
        guard let view = machine.views[shard], view.isReady(guild), let state = view.states[guild],
            ledger.isDue(guild, view, now: MonotonicClock.now())
        else { return nil }
        return (GuildSnapshot(guild: guild, id: view.position, state: state.encoded()), view.taken)
    }
}
