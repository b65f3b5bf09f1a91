import Analytics
import EventBus
import EventModels
import PostgresClient
import Testing

@Suite struct EventRowTests {
    private let nelly = PostgresValue.int(80_351_110_224_678_912)
    private let general = PostgresValue.int(41_771_983_423_143_937)

    private func own(_ event: StreamEvent, storesContent: Bool = false) throws -> [PostgresValue] {
        let table = try #require(event.kind.flatMap { EventRow.table(of: $0) })
        let values = try EventRow.values(event, table, shard: .only, storesContent: storesContent)
        #expect(values.count == table.columns.count)
        return Array(values.dropFirst(EventTable.commonColumns.count))
    }

    @Test func `a row begins with the event's place, time and guild`() throws {
        #expect(EventRow.table(of: .messageCreated) == .message)
        let values = try EventRow.values(message(7), .message, shard: .only, storesContent: false)
        #expect(
            Array(values.prefix(5)) == [
                .text("0/1"), .int(1_732_147_200_123), .int(7), .timestamp(milliseconds: 1_732_147_200_157),
                .int(197_038_439_483_310_086),
            ]
        )
    }

    @Test func `each kind fills its table's columns`() throws {
        let presence = """
            {\(user),"status":"online","clients":["desktop","mobile"],"activity":{"type":0,"name":"Chess"},"online":9}
            """
        #expect(
            try own(event(1, .presenceUpdated, presence)) == [
                nelly, .bool(false), .text("online"), .text("desktop,mobile"), .int(0), .text("Chess"),
                .int(9),
            ]
        )
        let offline = "{\(user),\"status\":\"offline\",\"clients\":[],\"activity\":null,\"online\":8}"
        #expect(
            try own(event(1, .presenceUpdated, offline)) == [
                nelly, .bool(false), .text("offline"), .text(""), .null, .null, .int(8),
            ]
        )
        let moved = "{\(user),\(channel),\"fromChannelId\":\"5\",\"selfMute\":true,\"synthetic\":true}"
        let (yes, no) = (PostgresValue.bool(true), PostgresValue.bool(false))
        #expect(
            try own(event(1, .voiceMoved, moved)) == [
                .text("moved"), nelly, no, general, .int(5), no, no, yes, no, no, no, no, yes,
            ]
        )
        let timeout = "{\(user),\"timeoutUntil\":\"2026-11-21T06:00:00+00:00\"}"
        #expect(
            try own(event(1, .memberTimeout, timeout)) == [
                .text("timeout"), nelly, no, .null, .null, .text("2026-11-21T06:00:00+00:00"),
            ]
        )
        let granted = "{\(user),\"roleId\":\"11\",\"roleName\":\"Moderators\"}"
        #expect(
            try own(event(1, .roleGranted, granted)) == [
                .text("granted"), nelly, no, .int(11), .text("Moderators"),
            ]
        )
        let deleted = "{\"messageId\":\"7\",\(channel)}"
        #expect(
            try own(event(1, .messageDeleted, deleted)) == [
                .text("deleted"), general, .int(7), .null, .null, .null, .null, .null, .null,
            ]
        )
    }

    @Test func `what people wrote is kept only where that is asked for`() throws {
        #expect(try own(message(7)).suffix(2) == [.int(5), .null])
        #expect(try own(message(7), storesContent: true).suffix(2) == [.int(5), .text("Grüße")])
        #expect(EventRow.keptEnvelope(of: message(7), storesContent: false) == nil)
        #expect(EventRow.keptEnvelope(of: message(7), storesContent: true) == message(7).envelope)
    }

    @Test func `kinds without a table are skipped, what lacks its ids becomes a dead letter`() throws {
        let unknown = try StreamEvent(
            parsing: Array(
                "{\"id\":\"1-3\",\"event\":\"new.kind\",\"guild\":\"1\",\"ts\":1,\"payload\":{}}".utf8
            )
        )
        let events = [event(1, .guildSynced, "{}"), event(2, .reactionAdded, "{}")]
        let broken = [
            event(3, .roleGranted, "{\(user)}"), event(4, .messageCreated, "{\"content\":\"secret\"}"),
        ]
        let entries = events.map(LogEntry.init) + [LogEntry(id: id(2), envelope: Array("secret".utf8))]
        let page = LogPage(
            entries: [LogEntry(unknown)] + entries + broken.map(LogEntry.init),
            bounds: LogBounds()
        )
        var batch = Batch(of: .only, after: nil, storesContent: false)
        #expect(batch.isEmpty)
        batch.add(page)
        #expect(batch.events.isEmpty)
        #expect(batch.skipped == 3)
        #expect(batch.last == id(4))
        #expect(
            batch.deadLetters.map(\.reason) == [
                "the entry is no event", "roleId is missing", "channelId is missing",
            ]
        )
        #expect(batch.deadLetters.map { $0.envelope != nil } == [false, true, false])
    }

    @Test func `a batch takes pages until it has enough entries or bytes`() {
        func page(_ numbers: Range<UInt64>, _ content: String = "") -> LogPage {
            LogPage(
                entries: numbers.map { LogEntry(message($0, content)) },
                bounds: LogBounds(first: id(0), top: id(99_999))
            )
        }
        var batch = Batch(of: .only, after: id(0), storesContent: false)
        #expect(batch.room == Batch.pageMax)
        #expect(batch.position == id(0))
        var next: UInt64 = 1
        while batch.room > 0 {
            batch.add(page(next..<next + 2000))
            next += 2000
            #expect(batch.position == id(next - 1))
            #expect(batch.hasMore)
            if next == 8001 { #expect(batch.room == Batch.entriesMax - 8000) }
            if next > 8001 { break }
        }
        #expect(batch.events.count == 10_000)
        #expect(batch.copy(of: .message).count == 10_000)
        #expect(batch.room <= 0)

        var heavy = Batch(of: .only, after: nil, storesContent: false)
        heavy.add(page(1..<5, String(repeating: "x", count: Batch.bytesEnough / 4)))
        #expect(heavy.room == 0)
    }

    @Test func `what has no binary form is kept apart, and leaves nothing in the rows to be copied`() {
        let timeout = event(2, .memberTimeout, "{\(user),\"timeoutUntil\":\"2026-11-21T06:00:00+00:00\"}")
        let large = event(3, .memberLeft, "{\(user),\"members\":2147483648}")
        let broken = event(4, .memberLeft, "{\"members\":1}")
        let plain = event(5, .memberLeft, "{\(user),\"members\":2147483647}")
        let one = batch([message(1), plain], after: nil)
        let all = batch([message(1), timeout, large, broken, plain], after: nil)
        #expect(all?.apart.map(\.id) == [id(2), id(3)])
        #expect(all?.events.map(\.id) == [id(1), id(2), id(3), id(5)])
        #expect(all?.deadLetters.map(\.id) == [id(4)])
        #expect(all?.copy(of: .member) == one?.copy(of: .member))
        #expect(all?.copy(of: .message) == one?.copy(of: .message))
    }
}
