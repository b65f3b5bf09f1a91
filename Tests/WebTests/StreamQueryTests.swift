import Base
import EventModels
import HTTPWire
import Testing
import Web

@Suite struct StreamQueryTests {
    private static func query(_ target: String, _ headers: HTTPHeaders = [:]) throws -> StreamQuery {
        try StreamQuery(HTTPRequestHead(method: "GET", target: target, headers: headers))
    }

    @Test func `guilds repeat, kinds and channels are lists, and order does not make another group`() throws {
        let first = try Self.query("/api/stream?guild=2&guild=1&events=voice.*,message.created&channels=9,8")
        let second = try Self.query(
            "/api/stream?channels=8&channels=9&events=message.created,voice.*&guild=1&guild=2"
        )
        #expect(first == second)
        #expect(first.filter.guilds == [Snowflake(1), Snowflake(2)])
        #expect(first.filter.channels == [Snowflake(8), Snowflake(9)])
        #expect(try Self.query("/api/stream").filter == StreamFilter())
    }

    @Test func `a snapshot on the way is asked for by name`() throws {
        #expect(try Self.query("/api/stream?lastEventId=1-1&snapshot=1").wantsSnapshot)
        for other in ["/api/stream", "/api/stream?snapshot=0", "/api/stream?snapshot="] {
            #expect(try !Self.query(other).wantsSnapshot)
        }
    }

    @Test func `the header beats the query, which an EventSource repeats for ever`() throws {
        #expect(try Self.query("/api/stream?lastEventId=1-1").lastEventID == "1-1")
        #expect(try Self.query("/api/stream?lastEventId=1-1", ["Last-Event-ID": "2-2"]).lastEventID == "2-2")
        #expect(try Self.query("/api/stream?lastEventId=1-1", ["Last-Event-ID": ""]).lastEventID == "1-1")
        #expect(try Self.query("/api/stream").lastEventID == nil)
    }

    @Test func `what was asked before is not read again, and each request keeps its own cursor`() throws {
        let queries = StreamQueries()
        let table: [(target: String, headers: HTTPHeaders, known: Int)] = [
            ("/api/stream", [:], 1), ("/api/stream?guild=1", [:], 2), ("/api/stream?guild=1&", [:], 3),
            ("/api/stream?guild=1", ["Last-Event-ID": "2-2"], 3), ("/api/stream?guild=1", [:], 3),
            ("/api/stream?guild=1&snapshot=1", ["Last-Event-ID": ""], 4),
            ("/api/stream?guild=1&lastEventId=1-1", [:], 4),
            ("/api/stream?channels=" + String(repeating: "0", count: StreamQueries.bytesMax), [:], 4),
        ]
        for (target, headers, known) in table + table.map({ ($0.target, $0.headers, 4) }) {
            let head = try HTTPRequestHead(method: "GET", target: target, headers: headers)
            do throws(StreamQuery.Malformed) {
                #expect(try queries.query(head) == StreamQuery(head))
            } catch {
                #expect(target.utf8.count > StreamQueries.bytesMax)
            }
            #expect(queries.count == known, "\(target)")
        }
        for guild in 1...StreamQueries.countMax {
            _ = try queries.query(HTTPRequestHead(method: "GET", target: "/?guild=\(guild)"))
            #expect(queries.count <= StreamQueries.countMax)
        }
    }

    @Test func `what is no id and no kind is refused with a reason`() {
        let refused = [
            "guild=abc", "guild=", "guild=-1", "channels=1,x", "events=voice", "events=.*",
            "events=Voice.joined",
            "events=voice.joined.twice", "events=voice.%2A%2A",
            "channels=" + (0...100).map(String.init).joined(separator: ","),
        ]
        for text in refused {
            #expect(throws: StreamQuery.Malformed.self, "\(text)") { try Self.query("/api/stream?\(text)") }
        }
    }

    @Test func `a pattern matches its kind, or all of its subject`() throws {
        let table: [(pattern: String, name: String, matches: Bool)] = [
            ("voice.joined", "voice.joined", true), ("voice.joined", "voice.left", false),
            ("voice.*", "voice.left", true), ("voice.*", "voicemail.left", false),
            ("message.*", "voice.left", false),
        ]
        for (pattern, name, matches) in table {
            #expect(try #require(KindPattern(pattern)).matches(name) == matches)
        }
    }

    @Test func `a cursor is ids joined by a tilde, compared as numbers`() throws {
        let cursor = try #require(StreamCursor("9-5~10-18446744073709551615"))
        #expect(cursor.ids == [EventID(epoch: 9, number: 5), EventID(epoch: 10, number: .max)])
        #expect(cursor.text == "9-5~10-18446744073709551615")
        let refused = [
            "", "~", "1-1~", "1", "1-", "-1", "1-1-1", "01-1", "1-1 ", "a-b",
            String(repeating: "1-1~", count: 3000) + "1-1",
        ]
        #expect(refused.filter { StreamCursor($0) != nil }.isEmpty)
        let ascending = ["1-9", "1-10", "2-1", "10-0"].compactMap { StreamCursor($0) }
        for (low, high) in zip(ascending, ascending.dropFirst()) {
            #expect(StreamCursor.isBehind(low, high))
            #expect(!StreamCursor.isBehind(high, low))
            #expect(!StreamCursor.isBehind(low, low))
        }
    }
}
