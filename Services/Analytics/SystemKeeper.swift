internal import EventBus
internal import EventLoop
internal import EventModels
internal import Lifecycle
internal import RedisClient

/// Says every `ServiceRecord.interval` that this process is there, and how far it has stored each shard.
struct SystemKeeper: Service {
    private let board: ServiceBoard
    private let metrics: AnalyticsMetrics
    private let readiness: Readiness
    private let id = "analytics-\(RandomSource.hex(4))"
    private let since = WallClock.unixMilliseconds()

    private static let soon = Duration.seconds(1)

    init(_ board: ServiceBoard, metrics: AnalyticsMetrics, readiness: Readiness) {
        self.board = board
        self.metrics = metrics
        self.readiness = readiness
    }

    func run() async throws {
        while !Task.isCancelled {
            // A Redis that is away is told at `/ready` already.
            var wait = ServiceRecord.interval
            let record = record
            // What is missing should not be told for longer than it is.
            if record.missing != nil { wait = Self.soon }
            do throws(RedisError) { try await board.write(record) } catch { wait = Self.soon }
            do { try await Task.sleep(for: wait) } catch { return }
        }
    }

    private var record: ServiceRecord {
        var record = ServiceRecord(.analytics, id: id, since: since)
        record.missing = readiness.missing.first.map { "\($0.name): \($0.reason)" }
        record.stored = metrics.stored
        return record
    }
}
