internal import Base
internal import EventLoop
package import EventModels
internal import Telemetry

/// What a change of the number of shards leaves in the state folder: the shards of before. Their guilds go on in the new shards'
/// state, so that what changed meanwhile is told; what of their events no bus has confirmed is still sent; then their folders go.
/// Those that another process holds are that process' until it ends. See specs/discord-gateway.md, "Shards".
struct Resharding: Sendable {
    let parts: FleetParts
    /// Of the links.
    let loop: EventLoop
    /// The shards of this process from now on.
    let names: [ShardName]

    private static let lookAgain = Duration.seconds(1)

    /// A shard of before, of which this process has the lock.
    struct Left: Sendable {
        let shard: ShardName
        let store: ShardStore
        let lock: FileLock
        let recovered: Recovered
    }

    /// Takes those that nobody holds, and begins the new shards' folders with their guilds.
    func takeOver() async throws -> [Left] {
        let left = try await BlockingPool.shared.run { [self] in
            let left = try found().compactMap { try take($0) }
            try adopt(left.map(\.recovered.folded), wall: WallClock.unixMilliseconds())
            return left
        }
        if !left.isEmpty {
            parts.log.notice("another number of shards: taking over", [.count: .int(left.count)])
        }
        return left
    }

    /// Sends what they still hold, and removes their folders; then those that are let go of, for as long as there are any.
    func drain(_ first: [Left]) async throws {
        var left = first
        while true {
            for one in left { try await drain(one) }
            guard try await BlockingPool.shared.run({ !found().isEmpty }) else { return }
            try await pause()
            left = try await BlockingPool.shared.run { try found().compactMap { try take($0) } }
        }
    }

    // MARK: Files, which block

    /// Shards of other numbers than this one's.
    private func found() -> [ShardName] {
        Folder(path: parts.config.stateDirectory).names().compactMap { ShardStore.shard(ofFolder: $0) }
            .filter { shard in names.allSatisfy { $0.count != shard.count } }.sorted()
    }

    private func store(_ shard: ShardName) -> ShardStore {
        ShardStore(
            stateDirectory: parts.config.stateDirectory,
            shard: shard,
            beforeWrite: parts.hooks.beforeWrite
        )
    }

    private func take(_ shard: ShardName) throws -> Left? {
        let store = store(shard)
        guard case .taken(let lock) = try store.lock() else { return nil }
        let marker = try store.marker()
        let found = try store.recover(marker: marker)
        for remark in found.remarks { parts.log.error("the state folder", [.reason: .string(remark)]) }
        let recovered = Recovered(found.recovery, shard: shard, fold: parts.fold) { marker.begin($0) }
        marker.end()
        return Left(shard: shard, store: store, lock: lock, recovered: recovered)
    }

    /// A shard's first checkpoint, where it has nothing yet: the guilds that are its own now, above every epoch of before.
    private func adopt(_ folded: [FoldedShard], wall: Int64) throws {
        guard !folded.isEmpty else { return }
        for name in names {
            let store = store(name)
            try store.make()
            guard store.checkpoints().isEmpty, store.segments().isEmpty else { continue }
            let new = FoldedShard(shard: name, after: folded, wall: wall)
            _ = try store.write(Checkpoint(folded: new, frames: [], acknowledged: nil))
        }
    }

    // MARK: The links

    private func drain(_ left: Left) async throws {
        let recovered = left.recovered
        await parts.links.addRetired(
            left.shard,
            frames: recovered.frames,
            acknowledged: recovered.acknowledged,
            last: recovered.folded.state.last,
            epoch: recovered.folded.epoch
        )
        try await wait(for: left.shard)
        await parts.links.removeRetired(left.shard)
        try await BlockingPool.shared.run { left.store.removeFolder() }
        withExtendedLifetime(left.lock) {}
    }

    /// Until nothing of it can or need be sent any more.
    private func wait(for shard: ShardName) async throws {
        while true {
            switch await parts.links.state(ofRetired: shard) {
            case .holding: try await pause()
            case .drained:
                return parts.log.notice("a shard of before is drained", [.shard: "\(shard)"])
            case .superseded(let top):
                return parts.log.error(
                    "another gateway writes the log of a shard of before; what it held is given up",
                    [.shard: "\(shard)", .top: "\(top)"]
                )
            }
        }
    }

    private func pause() async throws {
        await loop.pause(Self.lookAgain)
        try Task.checkCancellation()
    }
}

extension FoldedShard {
    /// The beginning of a shard behind those of another number.
    ///
    /// A key of theirs may be used with any guild, and an interaction names none: whoever is asked from now on has them all.
    package init(shard: ShardName, after before: [FoldedShard], wall: Int64) {
        self.init(shard: shard)
        epoch = before.map(\.epoch).max() ?? 0
        for one in before { state.adopt(from: one.state, shard: shard) }
        commands.adopt(before.map(\.commands), wall: wall)
        let all = before.flatMap(\.interactions.inOrder)
        for interaction in all.sorted(by: { ($0.received, $0.id) < ($1.received, $1.id) }) {
            interactions.take(interaction)
        }
    }
}

extension ShardState {
    /// The guilds of another number of shards that are this shard's now.
    fileprivate mutating func adopt(from before: ShardState, shard: ShardName) {
        bot = bot ?? before.bot
        for guild in before.guilds.ids where guild.shard(of: shard.count) == shard.index {
            guilds[guild] = before.guilds[guild]
            memory[guild] = before.memory[guild]
        }
    }
}
