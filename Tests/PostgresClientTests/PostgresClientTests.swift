import Base
import EventLoop
import PostgresClient
import TestSupport
import Testing

private func quick(_ url: String) throws -> PostgresConfig {
    var config = try PostgresConfig(url: Secret(url))
    config.backoff = Backoff(base: .milliseconds(10), limit: .milliseconds(50))
    return config
}

private func withClient(
    _ server: PostgresServer,
    _ body: (PostgresClient) async throws -> Void
) async throws {
    try await withEventLoop { loop in
        let client = PostgresClient(try quick(server.url), on: loop)
        await client.start()
        await client.whenConnected()
        try await body(client)
        await client.close()
    }
}

private struct Refused: Error {}

/// Against a real PostgreSQL, which the suite's tests share.
@Suite struct PostgresClientTests {
    @Test func `the client speaks to a real server`() async throws {
        let server = try await PostgresServer()
        try await valuesAndErrors(server)
        try await transactions(server)
        try await copying(server)
        try await turns(server)
        try await migrations(server)
        try await losses(server)
    }

    private func valuesAndErrors(_ server: PostgresServer) async throws {
        try await withClient(server) { client async throws in
            let rows = try await client.query(
                "SELECT $1::bigint AS a, $2::text AS b, $3::bool AS c, $4::jsonb->>'k' AS d, $5::bytea AS e, NULL AS f",
                [.int(-5), .text("ü'\n"), .bool(false), .json(Array("{\"k\":\"v\"}".utf8)), .bytes([1, 0])]
            )
            let row = try #require(rows.first)
            #expect(row.int64("a") == -5)
            #expect(row.string("b") == "ü'\n")
            #expect(row.bool("c") == false)
            #expect(row.string("d") == "v")
            #expect(row.string("e") == "\\x0100")
            #expect(row.string("f") == nil)
            #expect(rows.columns == ["a", "b", "c", "d", "e", "f"])
            let many = try await client.query("SELECT n FROM generate_series(1, 5000) AS n")
            #expect(many.count == 5000)
            #expect(many[4999].int64("n") == 5000)
            do throws(PostgresError) {
                try await client.query("SELECT 1/$1::int", [.int(0)])
                Issue.record("divided by zero")
            } catch {
                #expect(error == .server(.init(sqlState: "22012", message: "division by zero")))
                #expect(error.isStatementAtFault)
            }
            #expect(try await client.query("SELECT 1 AS one").first?.int64("one") == 1)
        }
    }

    private func transactions(_ server: PostgresServer) async throws {
        try await withClient(server) { client async throws in
            try await client.query("CREATE TABLE accounts (id int PRIMARY KEY, amount int NOT NULL)")
            try await client.transaction { session in
                try await session.query("INSERT INTO accounts VALUES (1, 10), (2, 20)")
            }
            await #expect(throws: Refused.self) {
                try await client.transaction { session in
                    try await session.query("DELETE FROM accounts")
                    throw Refused()
                }
            }
            await #expect(throws: PostgresError.transactionAborted) {
                try await client.transaction { session in
                    try await session.query("DELETE FROM accounts")
                    _ = try? await session.query("SELECT 1/0")
                }
            }
            #expect(try await client.query("SELECT count(*) AS n FROM accounts").first?.int64("n") == 2)
        }
    }

    private func copying(_ server: PostgresServer) async throws {
        try await withClient(server) { client async throws in
            try await client.query("CREATE TABLE lines (id int PRIMARY KEY, body text)")
            var rows = CopyRows()
            let body = String(repeating: "x\ty\\\n", count: 50)
            for id in 0..<20_000 {
                rows.beginRow(2)
                rows.int32(Int32(id))
                if id % 3 == 0 { rows.null() } else { rows.text(body) }
            }
            let copied = try await client.withSession {
                try await $0.copy(into: "lines", columns: ["id", "body"], rows)
            }
            #expect(copied == 20_000)
            let check = try await client.query(
                "SELECT count(*) AS n, count(*) FILTER (WHERE body = $1) AS same FROM lines",
                [.text(body)]
            )
            #expect(check.first?.int64("n") == 20_000)
            #expect(check.first?.int64("same") == 13_333)
            await #expect(throws: PostgresError.self) {
                try await client.withSession {
                    try await $0.copy(into: "lines", columns: ["id", "body"], rows)
                }
            }
            #expect(try await client.query("SELECT 1 AS one").count == 1)
        }
    }

    private func turns(_ server: PostgresServer) async throws {
        try await withClient(server) { client async throws in
            try await client.query("CREATE TABLE counter (n int NOT NULL)")
            try await client.query("INSERT INTO counter VALUES (0)")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await client.transaction { session in
                            let n = try await session.query("SELECT n FROM counter").first?.int64("n") ?? -1
                            try await session.query("UPDATE counter SET n = $1", [.int(n + 1)])
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await client.query("SELECT n FROM counter").first?.int64("n") == 50)
        }
    }

    private func migrations(_ server: PostgresServer) async throws {
        func migration(_ number: Int, _ statements: String) throws -> Migration {
            try #require(Migration(fileName: "000\(number)_step.sql", statements: statements))
        }
        try await withClient(server) { client async throws in
            try await client.query("CREATE SCHEMA m")
            try await client.query("SET search_path = m")
            let first = try migration(1, "CREATE TABLE a (x int); INSERT INTO a VALUES (1);")
            let second = try migration(2, "ALTER TABLE a ADD y int; CREATE INDEX ON a (y);")
            let broken = try migration(3, "INSERT INTO a VALUES (2); SELECT nonsense;")
            #expect(try await Migrator([first]).run(on: client) == ["0001_step"])
            #expect(try await Migrator([first, second]).run(on: client) == ["0002_step"])
            #expect(try await Migrator([first, second]).run(on: client) == [])
            await #expect(throws: MigrationError.self) {
                try await Migrator([first, second, broken]).run(on: client)
            }
            #expect(try await client.query("SELECT count(*) AS n FROM a").first?.int64("n") == 1)
            let edited = try migration(1, "CREATE TABLE a (x bigint);")
            await #expect(throws: MigrationError.changed("0001_step")) {
                try await Migrator([edited, second]).run(on: client)
            }
            await #expect(throws: MigrationError.databaseIsNewer(2)) {
                try await Migrator([first]).run(on: client)
            }
        }
    }

    private func losses(_ server: PostgresServer) async throws {
        try await withEventLoop { loop in
            var config = try quick(server.url)
            config.statementTimeout = .milliseconds(500)
            let client = PostgresClient(config, on: loop)
            await client.start()
            await client.whenConnected()
            await #expect(throws: PostgresError.timeout) { try await client.query("SELECT pg_sleep(30)") }
            await client.whenConnected()
            try await client.transaction { session in
                try await session.query("INSERT INTO counter VALUES (100)")
            }
            await #expect(throws: PostgresError.self) {
                try await client.transaction { session in
                    try await session.query("INSERT INTO counter VALUES (101)")
                    try await server.stop()
                    try await session.query("INSERT INTO counter VALUES (102)")
                }
            }
            try await eventually("the loss to be noticed") { await !client.isConnected }
            await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
            try await server.start()
            await client.whenConnected()
            let rows = try await client.query("SELECT n FROM counter WHERE n >= 100")
            #expect(rows.all.map { $0.int64("n") } == [100])
            await client.close()
            await #expect(throws: PostgresError.closed) { try await client.query("SELECT 1") }
        }
    }
}
