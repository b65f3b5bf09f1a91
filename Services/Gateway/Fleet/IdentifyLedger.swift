package import Base
internal import EventLoop
package import EventModels

/// What a shard that wants a new session is told.
package enum IdentifyAdmission: Sendable, Equatable {
    /// It may ask, and that is counted.
    case granted
    /// Not before this has passed; nothing was counted.
    case wait(Duration)
}

/// Where the IDENTIFYs of one bot are counted, by everybody who makes some.
package protocol IdentifyLedger: Sendable {
    /// Counts one more if its bucket is free and the budget allows it. Throws where nobody can count.
    func admit(_ shard: ShardName, maxConcurrency: Int) async throws -> IdentifyAdmission
    /// All of the last 24 h.
    func budget() async throws -> IdentifyBudget
}

/// Counts in the state folder, which the processes of one token on a host share.
package struct FileIdentifyLedger: IdentifyLedger {
    private let log: IdentifyLog
    private let interval: Duration
    private let beforeWrite: @Sendable (Int) throws -> Void

    /// While another process counts.
    private static let lockRetry = Duration.milliseconds(20)

    /// `beforeWrite` is told how many bytes are about to be written, and may refuse.
    package init(
        stateDirectory: String,
        token: Secret,
        interval: Duration = IdentifyBudget.bucketInterval,
        beforeWrite: @escaping @Sendable (Int) throws -> Void = { _ in }
    ) {
        log = IdentifyLog(folder: Folder(path: stateDirectory), token: token)
        self.interval = interval
        self.beforeWrite = beforeWrite
    }

    package func admit(_ shard: ShardName, maxConcurrency: Int) async throws -> IdentifyAdmission {
        let wall = WallClock.unixMilliseconds()
        return try await BlockingPool.shared.run {
            guard case .taken(let lock) = try log.lock() else { return .wait(Self.lockRetry) }
            defer { withExtendedLifetime(lock) {} }
            let wait = try log.read(wall: wall).admissionWait(shard, wall, maxConcurrency, interval)
            guard wait == .zero else { return .wait(wait) }
            try beforeWrite(32)
            try log.append(.init(wall: wall, shard: shard))
            return .granted
        }
    }

    package func budget() async throws -> IdentifyBudget {
        let wall = WallClock.unixMilliseconds()
        return try await BlockingPool.shared.run { try log.read(wall: wall) }
    }
}

extension IdentifyBudget {
    /// Until bucket and budget allow one more.
    func admissionWait(_ shard: ShardName, _ wall: Int64, _ maxConcurrency: Int, _ interval: Duration)
        -> Duration
    {
        max(
            wait(shard: shard, wall: wall),
            waitForBucket(shard: shard, wall: wall, maxConcurrency: maxConcurrency, interval: interval)
        )
    }
}
