internal import Base
package import EventLoop
package import EventModels

/// The line of this process' shards that want a new session: in each bucket the lowest number goes first, one at a time.
/// Discord's documentation, "Gateway", "Sharding": `max_concurrency`.
package actor IdentifyLine {
    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let ledger: any IdentifyLedger
    private var maxConcurrency = 1
    private var waiting: [ShardName: Place] = [:]
    /// Those that are being served.
    private var served: Set<Bucket> = []

    private struct Place {
        let connection: Int
        let come: CheckedContinuation<Result<Bool, any Error>, Never>
    }

    private struct Bucket: Hashable {
        let number: Int
        let of: Int

        func holds(_ shard: ShardName) -> Bool { shard.index % of == number }
    }

    /// A wait is looked at again after this: another process may have gone, or its clock been set.
    private static let lookAgain = Duration.seconds(5)

    package init(ledger: any IdentifyLedger, loop: EventLoop) {
        self.ledger = ledger
        self.loop = loop
    }

    /// Who stands in it.
    package var count: Int { waiting.count }

    /// As `/gateway/bot` said last.
    func setMaxConcurrency(_ number: Int) { maxConcurrency = max(1, number) }

    /// Waits for the shard's turn; true when it has come and was counted, false when the shard has left the line. Throws
    /// where it cannot be counted.
    /// `connection` rises with each of the shard's.
    package func turn(of shard: ShardName, connection: Int) async throws -> Bool {
        leave(shard, connection)
        let result: Result<Bool, any Error> = await withCheckedContinuation { continuation in
            // Who was ended before standing in line would not be found there by `leave`.
            if Task.isCancelled { return continuation.resume(returning: .success(false)) }
            waiting[shard] = Place(connection: connection, come: continuation)
            let bucket = Bucket(number: shard.index % maxConcurrency, of: maxConcurrency)
            if served.insert(bucket).inserted { Task { await serve(bucket) } }
        }
        return try result.get()
    }

    /// This connection of the shard has gone, and those before it.
    package func leave(_ shard: ShardName, _ connection: Int) {
        guard let place = waiting[shard], place.connection <= connection else { return }
        come(shard, .success(false))
    }

    private func come(_ shard: ShardName, _ result: Result<Bool, any Error>) {
        waiting.removeValue(forKey: shard)?.come.resume(returning: result)
    }

    private func serve(_ bucket: Bucket) async {
        while let next = waiting.keys.filter(bucket.holds).min() {
            do {
                switch try await ledger.admit(next, maxConcurrency: bucket.of) {
                case .granted: come(next, .success(true))
                case .wait(let wait): await loop.pause(min(wait, Self.lookAgain))
                }
            } catch {
                come(next, .failure(error))
            }
        }
        served.remove(bucket)
    }
}
