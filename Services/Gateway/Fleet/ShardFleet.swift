internal import Base
internal import DiscordProtocol
internal import EventLoop
internal import EventModels
internal import Lifecycle
internal import Telemetry

/// What all shards of a process share.
struct FleetParts: Sendable {
    let config: GatewayConfig
    let lookup: GatewayLookup
    let api: any DiscordAPI
    let line: IdentifyLine
    let ledger: any IdentifyLedger
    let links: LinkServer
    let flusher: JournalFlusher
    let log: Log
    let metrics: GatewayMetrics
    let readiness: FleetReadiness
    let bot: BotStatus
    let hooks: GatewayHooks
    let fold: Fold
}

/// The process' shards: decides which there are, spreads them over event loops, runs them.
struct ShardFleet: Service {
    let parts: FleetParts
    /// Of the links; the only shard of a process lives there too.
    let loop: EventLoop
    let readiness: Readiness

    func run() async throws {
        let names = try await shards()
        parts.log.notice("running shards", [.shard: .string(Self.range(names))])
        parts.readiness.expect(names)
        readiness.set("discord", missing: "not there yet")
        let resharding = Resharding(parts: parts, loop: loop, names: names)
        let left = try await resharding.takeOver()
        let loops = try self.loops(for: names.count)
        let shards = names.enumerated().map { index, name in
            Shard(name, of: parts, loop: loops[index % loops.count])
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for shard in shards { group.addTask { try await shard.run() } }
            group.addTask {
                do { try await resharding.drain(left) } catch is CancellationError {}
            }
            try await group.waitForAll()
        }
    }

    static func range(_ names: [ShardName]) -> String {
        guard let first = names.first, let last = names.last, first != last else {
            return names.first.map { "\($0)" } ?? "none"
        }
        return "\(first.index)-\(last)"
    }

    /// One for each core, for several shards.
    private func loops(for count: Int) throws -> [EventLoop] {
        guard count > 1 else { return [loop] }
        let cores = Cores.count
        return try (0..<min(cores, count)).map {
            try EventLoop(name: "shards-\($0)", rest: GatewayService.loopRest)
        }
    }

    // MARK: Which shards

    private func shards() async throws -> [ShardName] {
        switch parts.config.shards {
        case .some(let names): return names
        case .auto: return ShardSelection.all(of: try await count())
        }
    }

    /// As Discord recommends, and as it was before where Discord does not answer; waits for one of them.
    private func count() async throws -> Int {
        let file = ShardCountFile(folder: Folder(path: parts.config.stateDirectory))
        let before = try await BlockingPool.shared.run { try file.read() }
        var backoff = Backoff(base: .seconds(1), limit: .seconds(60))
        while true {
            var recommended: Int?
            do {
                recommended = try await parts.lookup.gatewayBot().shards
            } catch DiscordREST.Failure.unauthorized where before == nil {
                try await stayRefused()
            } catch {
                parts.log.warning("Discord does not say how many shards it wants", [.reason: .error(error)])
                readiness.set("discord", missing: "cannot ask Discord for the number of shards: \(error)")
            }
            if let count = ShardSelection.count(recommended: recommended, before: before) {
                if count != before { try await BlockingPool.shared.run { try file.write(count) } }
                return count
            }
            try await rest(backoff.next(random: RandomSource.unit()))
        }
    }
}

extension ShardFleet {
    /// Only a person can help: until the process is ended. As with close code 4004.
    private func stayRefused() async throws {
        let code = CloseCode.authenticationFailed
        parts.log.error(
            "Discord refused the bot for good",
            [.code: .int(Int(code.rawValue)), .reason: .string(code.remedy)]
        )
        readiness.set("discord", missing: code.remedy)
        while true { try await rest(.seconds(60)) }
    }

    /// Lets the time pass, unless the process is being ended.
    private func rest(_ time: Duration) async throws {
        let until = loop.now + time
        while loop.now < until {
            try Task.checkCancellation()
            await loop.pause(min(.milliseconds(200), until - loop.now))
        }
    }
}

/// How many shards `auto` ran last: one number in the state folder. Blocks.
struct ShardCountFile: Sendable {
    private let file: AtomicFile
    private let folder: Folder

    init(folder: Folder) {
        self.folder = folder
        file = AtomicFile(path: folder.file("shards"))
    }

    /// Of a gateway before there was the file: the highest count among the shards' folders.
    func read() throws -> Int? {
        if let bytes = try file.read(), let count = UInt64(decimal: bytes.prefix { $0 != 0x0A }) {
            return Int(clamping: count)
        }
        return folder.names().compactMap { ShardStore.shard(ofFolder: $0)?.count }.max()
    }

    func write(_ count: Int) throws {
        try file.makeFolder()
        try file.write(Array("\(count)\n".utf8))
    }
}
