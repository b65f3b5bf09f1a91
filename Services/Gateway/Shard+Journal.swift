internal import DiscordProtocol
internal import EventLoop
internal import EventModels
internal import LinkProtocol
internal import Telemetry

extension Shard {
    /// From a write that failed to the next try, and between two looks at a lock that another holds.
    static let retryAfter = Duration.seconds(1)

    /// Waits as long as another process on this host runs the shard.
    func takeLock() async throws -> FileLock {
        let store = store
        try await BlockingPool.shared.run { try store.make() }
        var isTold = false
        while true {
            try Task.checkCancellation()
            switch try await BlockingPool.shared.run({ try store.lock() }) {
            case .taken(let lock): return lock
            case .held(let owner):
                let reason = "process \(owner) on this host runs shard \(name) already"
                readiness.set("discord", of: name, missing: reason)
                if !isTold { log.error("waiting for a lock", [.reason: .string(reason)]) }
                isTold = true
                await loop.pause(Self.retryAfter)
            }
        }
    }

    /// Segments at the start that ask for a checkpoint at once.
    static let segmentsMax = 64

    // MARK: The start

    /// Reads the folder and folds what is in it, away from the loop. Files that are there but cannot be opened stop the start.
    func restore() async throws {
        let (store, settings, hooks) = (store, settings, hooks)
        let began = MonotonicClock.now()
        let (found, recovered, marker) = try await BlockingPool.shared.run {
            let marker = try store.marker()
            let found = try store.recover(marker: marker)
            let recovered = Recovered(found.recovery, shard: settings.shard, fold: settings.fold) { mark in
                marker.begin(mark)
                hooks.willFold(mark)
            }
            marker.end()
            return (found, recovered, marker)
        }
        self.marker = marker
        for remark in found.remarks { log.error("the state folder", [.reason: .string(remark)]) }
        if let crash = found.crash, !crash.isOver {
            log.error(
                "the last process ended while it folded a dispatch",
                [
                    .sequence: .int(Int(clamping: crash.mark.sequence)),
                    .count: .int(Int(clamping: crash.count)),
                ]
            )
        }
        asides = try await BlockingPool.shared.run { self.readAsides() }
        machine = ShardMachine(settings, recovered: recovered, now: loop.now)
        handedOver = machine.appended
        own.guilds.set(recovered.folded.state.guilds.ids.count)
        let took = MonotonicClock.now() - began
        own.journal.recoverySeconds.set(took.inSeconds)
        log.notice(
            "state read",
            [
                .epoch: "\(recovered.folded.epoch)", .count: .int(found.recovery.records.count),
                .state: machine.folded.session == nil ? "no session" : "session held",
                .durationSeconds: .double(took.inSeconds),
            ]
        )
        // A process that crashes every few seconds makes a segment each time, and never gets to its next checkpoint.
        isFragmented = found.segments > Self.segmentsMax
        // Without a session the next epoch will be above every top: nothing can supersede yet.
        let (top, window) = await links.addShard(
            self,
            frames: recovered.frames,
            acknowledged: recovered.acknowledged,
            last: recovered.folded.state.last,
            epoch: machine.sessionEpoch
        )
        if let top { perform(machine.linked(topEpoch: top, at: moment)) }
        perform(machine.window(isFull: window.isFull, hasRoom: window.hasRoom, at: moment))
    }

    // MARK: Records

    /// Writes what waits, group after group: while one is on its way to the disk the next gathers. The group is closed behind all
    /// that the loop hears in this turn.
    func askForFlush() {
        guard mayFlush, !isFlushAsked else { return }
        isFlushAsked = true
        onLoop { shard in
            shard.isFlushAsked = false
            if shard.mayFlush { shard.beginFlush() }
        }
    }

    private var mayFlush: Bool { !waiting.isEmpty && !isFlushing && !isDiskFailing }

    /// What a group has room for from the beginning, at most.
    private static let groupRoomMax = 64 << 10

    private func beginFlush() {
        isFlushing = true
        let group = waiting
        // The next is mostly as large; a large one leaves no large room.
        waiting = JournalGroup(reserving: min(group.bytes.count, Self.groupRoomMax))
        let isNewSegment = beginsSegment
        beginsSegment = false
        let request = JournalFlusher.Request(
            store: store,
            group: group,
            first: handedOver + 1,
            isNewSegment: isNewSegment
        ) { [self] result in
            onLoop { $0.flushed(group, result) }
        }
        flusher.add(request)
    }

    private func flushed(_ group: JournalGroup, _ result: Result<Duration, any Error>) {
        isFlushing = false
        switch result {
        case .failure(let error): diskFailed(error, group)
        case .success(let took):
            own.journal.flushSeconds.observe(took)
            own.journal.writtenBytes.increment(by: group.bytes.count)
            diskWorks()
            fold(group)
        }
        let waiters = flushWaiters
        flushWaiters = []
        for waiter in waiters { waiter.resume() }
    }

    /// What is on disk.
    private func fold(_ group: JournalGroup) {
        handedOver += UInt64(group.count)
        noteBurst(group.bytes.count)
        let (marker, hooks) = (marker, hooks)
        let began = MonotonicClock.now()
        var made: [EventFrame] = []
        let actions = machine.journalFlushed(upTo: handedOver, at: moment, releasing: &made) { mark in
            marker?.begin(mark)
            hooks.willFold(mark)
        }
        marker?.end()
        own.journal.foldSeconds.observe(MonotonicClock.now() - began)
        own.guilds.set(machine.folded.state.guilds.count)
        perform(actions, releasing: made)
    }

    /// Until nothing waits any more, or the disk refuses it: a failing one is asked once.
    func flush() async {
        if isFlushing { await flushEnds() }
        while isFlushing || !waiting.isEmpty {
            if !isFlushing { beginFlush() }
            await flushEnds()
            if isDiskFailing { return }
        }
    }

    private func flushEnds() async {
        await withCheckedContinuation { flushWaiters.append($0) }
    }

    // MARK: Memory

    /// So many bytes, however long they took, and each checkpoint are followed by a look at the memory, in the first second with
    /// few bytes, or after so many looks.
    private static let burstBytes = 4 << 20
    private static let quietBytes = 256 << 10
    private static let looksMax = 10

    private func noteBurst(_ bytes: Int) {
        journaledLately += bytes
        if journaledLately >= Self.burstBytes { lookForQuiet() }
    }

    /// A burst leaves the heap larger than what it leaves in it, and a checkpoint the parts that were changed beside it; glibc
    /// gives none of that back by itself.
    private func lookForQuiet() {
        guard !isQuietAwaited else { return }
        isQuietAwaited = true
        lookForQuiet(again: Self.looksMax)
    }

    private func lookForQuiet(again looks: Int) {
        journaledLately = 0
        loop.schedule(after: .seconds(1)) { [weak self] in
            self?.assumeIsolated { shard in
                let isBusy = shard.journaledLately >= Self.quietBytes || shard.machine.checkpointing != nil
                if isBusy, looks > 1 { return shard.lookForQuiet(again: looks - 1) }
                shard.isQuietAwaited = false
                BlockingPool.shared.submit { Memory.giveBack() }
            }
        }
    }

    private func tryAgain() {
        guard !waiting.isEmpty, !isFlushing, !isStopping else { return }
        beginFlush()
    }

    private func diskWorks() {
        if isStateMissing { readiness.set("state", of: name, missing: nil) }
        isStateMissing = false
        guard isDiskFailing else { return }
        isDiskFailing = false
        log.notice("the journal can be written again")
    }

    /// The records stay in their order and are written later; nothing of them has left.
    private func diskFailed(_ error: any Error, _ group: JournalGroup) {
        var group = group
        group.append(waiting)
        waiting = group
        own.journal.failures.increment()
        if !isDiskFailing { log.error("the journal cannot be written", [.reason: .error(error)]) }
        isDiskFailing = true
        isStateMissing = true
        readiness.set("state", of: name, missing: "the journal cannot be written: \(error)")
        guard !isStopping else { return }
        loop.schedule(after: Self.retryAfter) { [weak self] in
            self?.assumeIsolated { $0.tryAgain() }
        }
    }

    // MARK: Checkpoints

    /// A copy that costs nothing now; what changes meanwhile is copied when it changes. Records behind it begin a segment.
    func beginCheckpoint() -> FoldedShard {
        beginsSegment = true
        return machine.folded
    }

    func checkpointLoop() async {
        for await folded in checkpointsDue {
            if Task.isCancelled { return }
            if await write(checkpoint(of: folded)) {
                perform(machine.checkpointWritten(at: moment))
            } else {
                machine.checkpointFailed(at: moment)
                perform([])
            }
        }
    }

    /// With the frames that the links hold of what it has made; those behind come from the journal again.
    private func checkpoint(of folded: FoldedShard) async -> Checkpoint {
        let (frames, acknowledged) = await links.heldFrames(of: name)
        let last = folded.state.last ?? EventID(epoch: 0, number: 0)
        return Checkpoint(
            folded: folded,
            held: frames.upTo(last),
            acknowledged: acknowledged
        )
    }

    func writeLastCheckpoint() async {
        guard waiting.isEmpty, !machine.folded.isEpochOpen, machine.isCheckpointUseful else { return }
        _ = await write(checkpoint(of: beginCheckpoint()))
    }

    private func write(_ checkpoint: Checkpoint) async -> Bool {
        let store = store
        let began = MonotonicClock.now()
        do {
            let (size, sizes) = try await BlockingPool.shared.run {
                (try store.write(checkpoint), store.sizes())
            }
            own.journal.checkpointBytes.set(size)
            own.journal.checkpointSeconds.observe(MonotonicClock.now() - began)
            own.journal.bytes.set(sizes.journalBytes)
            own.journal.segments.set(sizes.segments)
            readiness.note("checkpoint", of: name, missing: nil)
            lookForQuiet()
            return true
        } catch {
            own.journal.checkpointFailures.increment()
            log.error("the checkpoint could not be written", [.reason: .error(error)])
            readiness.note("checkpoint", of: name, missing: "the checkpoint could not be written: \(error)")
            return false
        }
    }

    // MARK: Notes

    func tell(_ note: ShardMachine.Note) {
        switch note {
        case .dispatched(let dispatch): metrics.dispatched(dispatch)
        case .unknownFields(let count): metrics.unknownFields.increment(by: count)
        case .unknownValues(let counts): metrics.unknown(counts)
        case .sessionStarted(let epoch):
            log.notice(
                "session started",
                [.epoch: epoch.map { "\($0)" } ?? "to be chosen with the first replica"]
            )
            readiness.note(
                "epoch",
                of: name,
                missing: epoch == nil ? "events wait for the first replica to tell the log's top" : nil
            )
        case .epochChosen(let epoch):
            readiness.note("epoch", of: name, missing: nil)
            log.notice("epoch chosen", [.epoch: "\(epoch)"])
        case .sessionLost: log.notice("session lost, a new one is needed")
        case .resumed(let sequence):
            log.notice("session resumed", [.sequence: .int(Int(clamping: sequence))])
        case .refused(let code):
            bot.know(token: code == .authenticationFailed ? .refused : .accepted)
            log.error(
                "Discord refused the bot for good",
                [.code: .int(Int(code.rawValue)), .reason: .string(code.remedy)]
            )
        case .superseded(let top): log.error("another gateway has taken this shard over", [.top: "\(top)"])
        case .resync: log.notice("the log lacks the guilds' states, sending them")
        case .quarantined(let mark):
            own.journal.quarantined.increment()
            log.error(
                "a dispatch ended the process twice and is not folded any more; its bytes stay in the journal",
                [.epoch: "\(mark.epoch)", .sequence: .int(Int(clamping: mark.sequence))]
            )
        case .lettingGo:
            log.warning("too much waits for the bus or the disk, letting go of Discord until there is room")
        case .goingBack: log.notice("room again, going back to Discord")
        case .commandBegun(let name): begun(name)
        case .commandEnded(let name, let outcome): ended(name, outcome)
        case .interactionDeferred(let outcome, let after): metrics.commands.deferred(outcome, after: after)
        }
    }
}
