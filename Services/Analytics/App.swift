internal import Configuration
internal import Lifecycle

/// Keeps history: reads every shard's log and writes what happened into PostgreSQL, each event once.
@main struct App {
    static func main() {
        runService("analytics") {
            let config = try AnalyticsConfig(environment: Environment.process)
            return try await AnalyticsService.build(config)
        }
    }
}
