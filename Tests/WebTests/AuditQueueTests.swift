import Base
import JSON
import Testing
import Web

/// Entries of the audit log, and those that wait.
@Suite struct AuditQueueTests {
    private static let minute: Int64 = 1_800_000_000_000

    private func refused(
        _ actor: UInt64 = 7,
        _ action: String = "listKeys",
        guild: UInt64? = 1,
        at: Int64 = minute
    ) -> AuditEntry {
        AuditEntry(
            AuditChange(action, guild: guild.map { Snowflake($0) }),
            actor: Snowflake(actor),
            outcome: .refused,
            at: at
        )
    }

    private func changed(at: Int64 = minute) -> AuditEntry {
        AuditEntry(
            AuditChange("makeKey", guild: Snowflake(1)),
            actor: Snowflake(7),
            outcome: .changed,
            at: at
        )
    }

    @Test func `equal refusals of a minute are one, changes never are`() {
        var queue = AuditQueue()
        for at: Int64 in [0, 1, 59_999, 60_000] { queue.add(refused(at: Self.minute + at)) }
        queue.add(refused(8))
        queue.add(refused(7, "setTier"))
        queue.add(refused(guild: 2))
        queue.add(changed())
        queue.add(changed())
        let entries = queue.take(held: [Snowflake(1), Snowflake(2)])
        #expect(entries.map(\.count) == [3, 1, 1, 1, 1, 1, 1])
        let rest = queue.take(held: [])
        #expect(queue.count == 0 && rest.isEmpty)
    }

    @Test func `guilds that nobody knows make one row, however many are made up`() {
        var queue = AuditQueue()
        for guild: UInt64 in 1...50 { queue.add(refused(guild: guild)) }
        let entries = queue.take(held: [Snowflake(3)])
        #expect(entries.map { $0.guild?.rawValue ?? 0 } == [0, 3])
        #expect(entries.map(\.count) == [49, 1])
    }

    @Test func `past its bound entries are dropped and counted, equal ones still count`() {
        var queue = AuditQueue()
        for actor in 1...UInt64(AuditQueue.entriesMax) { queue.add(refused(actor)) }
        #expect(queue.count == AuditQueue.entriesMax)
        let more = (queue.add(refused(1)), queue.add(refused(5000)), queue.add(changed()))
        #expect(more == (true, false, false))
        let dropped = (queue.takeDropped(), queue.takeDropped())
        #expect(dropped == (2, 0))
        let entries = queue.take(held: [Snowflake(1)])
        #expect(entries.count == AuditQueue.entriesMax && entries[0].count == 2)
    }

    @Test func `what looks like a secret is left out, and texts are cut`() throws {
        let long = String(repeating: "ü", count: 1000)
        let change = AuditChange(
            "makeKey",
            guild: nil,
            target: "gwk1.eyJr.c2ln",
            detail: [
                ("token", .text("gwk1.eyJr.c2ln")), ("cookie", .text("guildwire_session=v1.eyJ1.c2ln")),
                ("header", .text("Bearer abc")), ("name", .text(long + "\u{0}")), ("scopes", .number(2)),
                ("channels", .ids([Snowflake(20)])), ("isNew", .flag(true)),
            ]
        )
        #expect(change.target == "(left out)")
        let text = String(decoding: change.detail, as: UTF8.self)
        #expect(!text.contains("eyJ") && !text.contains("c2ln") && !text.contains("abc"))
        let root = try JSONDocument(parsing: change.detail).root
        #expect(root["name"]?.string?.unicodeScalars.count == AuditChange.textMax)
        #expect(root["scopes"]?.int64 == 2 && root["isNew"]?.bool == true)
    }
}
