import Analytics
import Base
import EventBus
import EventLoop
import EventModels
import Lifecycle
import PostgresClient
import RedisClient
import Telemetry
import TestSupport

func id(_ number: UInt64) -> EventID { EventID(epoch: 1_732_147_200_123, number: number) }

func event(_ number: UInt64, _ kind: EventKind, _ payload: String) -> StreamEvent {
    StreamEvent(
        id: id(number),
        kind: kind,
        guild: Snowflake(197_038_439_483_310_086),
        ts: 1_732_147_200_150 + Int64(number),
        payload: Array(payload.utf8)
    )
}

let user = "\"userId\":\"80351110224678912\",\"username\":\"nelly\",\"displayName\":\"Nelly\",\"bot\":false"
let channel = "\"channelId\":\"41771983423143937\",\"channelName\":\"general\""

func message(_ number: UInt64, _ content: String = "Grüße") -> StreamEvent {
    event(
        number,
        .messageCreated,
        "{\"messageId\":\"\(number)\",\(channel),\(user),\"content\":\"\(content)\"}"
    )
}

/// A database with the schema, on a private server.
func withDatabase(
    _ server: PostgresServer,
    _ body: (PostgresClient, EventLoop) async throws -> Void
) async throws {
    try await withEventLoop { loop in
        var config = try PostgresConfig(url: Secret(server.url))
        config.backoff = Backoff(base: .milliseconds(10), limit: .milliseconds(50))
        let database = PostgresClient(config, on: loop)
        await database.start()
        await database.whenConnected()
        _ = try await Migrator(try Migration.read(folder: "Services/Analytics/Migrations")).run(on: database)
        try await body(database, loop)
        await database.close()
    }
}

func count(_ database: PostgresClient, _ table: String, where condition: String = "true") async throws
    -> Int64?
{
    try await database.query("SELECT count(*) AS n FROM \(table) WHERE \(condition)").first?.int64("n")
}

func batch(_ events: [StreamEvent], after previous: EventID?, storesContent: Bool = false) -> Batch? {
    guard !events.isEmpty else { return nil }
    var batch = Batch(of: .only, after: previous, storesContent: storesContent)
    batch.add(
        LogPage(
            entries: events.map(LogEntry.init),
            bounds: LogBounds(first: events.first?.id, top: events.last?.id)
        )
    )
    return batch
}
