internal import Base
internal import DiscordProtocol
internal import EventLoop
internal import EventModels
internal import Lifecycle
internal import Telemetry

extension Shard {
    /// At least this long from one checkpoint to the next, unless a new session asks.
    static let checkpointInterval = Duration.seconds(1)

    /// Reads the checkpoint, if there is one. One that is damaged or of another version is kept aside, and the shard begins
    /// anew. A file that is there but cannot be opened stops the start.
    func restore() async throws {
        let file = file
        let content = try await BlockingPool.shared.run { () -> [UInt8]? in
            try file.makeFolder()
            return try file.read()
        }
        var checkpoint: Checkpoint?
        if let content {
            do throws(CheckpointError) { checkpoint = try Checkpoint(decoding: content) } catch {
                log.error(
                    "the checkpoint cannot be read, beginning anew",
                    [.path: .string(file.path), .reason: "\(error)"]
                )
                let aside = AtomicFile(path: file.path + ".unreadable")
                try await BlockingPool.shared.run { try aside.write(content) }
            }
        }
        if let checkpoint, checkpoint.shard == name { resume(checkpoint) }
        // Without a session the next epoch will be above every top: nothing can supersede yet.
        let hasSession = checkpoint?.folded.session != nil
        links.addShard(
            self,
            frames: checkpoint?.frames ?? [],
            last: checkpoint?.folded.state.last,
            epoch: hasSession ? epoch : 0
        )
        log.notice("state read", [.epoch: "\(epoch)", .state: hasSession ? "session held" : "no session"])
    }

    func tickCheckpoint() {
        loop.schedule(after: Self.checkpointInterval) { [weak self] in
            self?.assumeIsolated { shard in
                guard !shard.isStopping else { return }
                if shard.isChanged, shard.loop.now >= shard.nextCheckpoint { shard.checkpointDue.yield() }
                shard.tickCheckpoint()
            }
        }
    }

    func checkpointLoop() async {
        for await _ in checkpointsDue {
            if Task.isCancelled { return }
            await writeCheckpoint()
        }
    }

    func writeCheckpoint() async {
        let started = MonotonicClock.now()
        isChanged = false
        let session = machine.session
        var folded = FoldedShard(shard: name)
        folded.session = session
        folded.epoch = epoch
        folded.state = state
        let frames = links.unackedFrames(of: name) + (heldFrames ?? [])
        let checkpoint = Checkpoint(folded: folded, frames: frames, acknowledged: nil)
        let file = file
        do {
            let size = try await BlockingPool.shared.run { () -> Int in
                let bytes = checkpoint.encoded()
                try file.write(bytes)
                return bytes.count
            }
            metrics.checkpointBytes.set(size)
            let took = MonotonicClock.now() - started
            metrics.checkpointSeconds.observe(took)
            // Where writing takes long it may take a tenth of the time, not all of it.
            nextCheckpoint = started + took * 10
            readiness.set("state", missing: nil)
            if let session, machine.session?.id == session.id { releaseHeldFrames() }
        } catch {
            isChanged = true
            metrics.checkpointFailures.increment()
            log.error("the checkpoint could not be written", [.reason: .error(error)])
            readiness.set("state", missing: "the checkpoint could not be written: \(error)")
        }
    }
}
