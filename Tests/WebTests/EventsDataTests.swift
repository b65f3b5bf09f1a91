import Base
import EventModels
import HTTPServer
import JSON
import TestSupport
import Testing
import Web

/// `GET /api/guilds/{guild}/events`: what a stream would have shown.
@Suite struct EventsDataTests {
    private static let path = "/api/guilds/1/events"

    private func message(_ number: UInt64, _ channel: Int) -> StreamEvent {
        Guild.event(number, .messageCreated, #"{"messageId":"\#(number)","channelId":"\#(channel)"}"#)
    }

    /// Of channels that all, some and none but the owner may see.
    private func replica() async throws -> Replica {
        let replica = try await Town.replica(Town.told())
        let move =
            #"{\#(Guild.user),"channelId":"31","channelName":"c31","fromChannelId":"21","fromChannelName":"c21"}"#
        try await replica.publish([
            message(2, 20), message(3, 30), message(4, 22), Guild.event(5, .voiceMoved, move),
            Guild.event(6, .memberTimeout, "{\(Guild.user)}"),
            Guild.event(7, .typingStarted, #"{"channelId":"20"}"#),
            Guild.event(8, .presenceUpdated, "{\(Guild.user),\"status\":\"idle\",\"online\":3}"),
            message(9, 40),
        ])
        try await eventually("the events") {
            await replica.hub.position(of: .only) == EventID(epoch: 5, number: 9)
        }
        return replica
    }

    private func names(_ answer: Answered) -> [String] {
        answer.json?["events"]?.array.map { events in
            events.map { "\($0["event"]?.string ?? "?") \($0["id"]?.string?.dropFirst(2) ?? "?")" }
        } ?? ["\(answer.status)"]
    }

    @Test func `each is told what their stream would replay, and no more`() async throws {
        let replica = try await replica()
        let table: [(caller: Caller, names: [String])] = [
            (
                Town.session(of: 2),
                [
                    "message.created 2", "message.created 3", "message.created 4", "voice.moved 5",
                    "presence.updated 8", "message.created 9",
                ]
            ),
            // 22 may be seen but not read back; who goes to a hidden channel leaves; 3 is in the private thread.
            (
                Town.session(of: 3),
                ["message.created 2", "voice.left 5", "presence.updated 8", "message.created 9"]
            ),
            (Town.session(of: 6), ["message.created 2", "voice.left 5", "presence.updated 8"]),
            (Town.session(of: 99), ["404"]), (Town.key(of: 2, guild: Snowflake(77)), ["404"]),
            (
                Town.key(of: 2, events: Set(["message.*"].compactMap { KindPattern($0) })),
                ["message.created 2", "message.created 3", "message.created 4", "message.created 9"]
            ),
        ]
        for (caller, expected) in table {
            let answer = try await replica.call("events", "\(Self.path)?after=5-1", as: caller)
            #expect(names(answer) == expected)
            guard answer.status == 200 else { continue }
            #expect(answer.json?["last"]?.string == "5-9" && answer.json?["isEnd"]?.bool == true)
        }
        let key = Town.key(of: 2, channels: [Snowflake(20)])
        let limited = names(try await replica.call("events", "\(Self.path)?after=5-1", as: key))
        #expect(
            limited.contains("message.created 2") && !limited.contains { $0.hasPrefix("message.created 3") }
        )
        #expect(!limited.contains { $0.hasPrefix("voice") })
        // Over the socket the same as the stream of the same viewer says.
        let stream = replica.get("/api/stream?guild=1", replica.cookie(of: 3) + "Last-Event-ID: 5-1\r\n")
        try await eventually("the replay") { stream.events.count == 4 }
        #expect(stream.events.map { $0.replacing(" 5-", with: " ") } == table[1].names)
    }

    @Test func `pages go on where the last one looked, and filters narrow them`() async throws {
        let replica = try await replica()
        var (after, seen, pages) = ("5-1", [String](), 0)
        repeat {
            let answer = try await replica.call(
                "events",
                "\(Self.path)?after=\(after)&limit=2",
                as: Town.session(of: 3)
            )
            seen += names(answer)
            after = try #require(answer.json?["last"]?.string)
            pages += 1
            if answer.json?["isEnd"]?.bool == true { break }
        } while pages < 9
        #expect(seen == ["message.created 2", "voice.left 5", "presence.updated 8", "message.created 9"])
        #expect(after == "5-9")
        let voice = try await replica.call(
            "events",
            "\(Self.path)?after=5-1&events=voice.*",
            as: Town.session(of: 3)
        )
        #expect(names(voice) == ["voice.left 5"] && voice.json?["last"]?.string == "5-9")
        let channel = try await replica.call(
            "events",
            "\(Self.path)?after=5-1&events=message.created&channels=40,30",
            as: Town.session(of: 3)
        )
        #expect(names(channel) == ["message.created 9"])
        let end = try await replica.call("events", Self.path, as: Town.session(of: 3))
        #expect(names(end) == [] && end.json?["last"]?.string == "5-9" && end.json?["isEnd"]?.bool == true)
        let ahead = try await replica.call("events", "\(Self.path)?after=6-1", as: Town.session(of: 3))
        #expect(names(ahead) == [] && ahead.json?["last"]?.string == "6-1")
    }

    @Test func `what is not held, or was seen otherwise, is gone; what is no id is refused`() async throws {
        let replica = try await replica()
        let old = try await replica.call("events", "\(Self.path)?after=5-0", as: Town.session(of: 3))
        #expect(old.status == 410 && old.text.contains("go on without"))
        for text in ["x", "5", "5-1~5-2", "05-1", "5-1'--", "99999999999999999999-1"] {
            let answer = try await replica.call(
                "events",
                "\(Self.path)?after=\(text)",
                as: Town.session(of: 3)
            )
            #expect(answer.status == 400, "\(text)")
        }
        let hide = #"{"channelId":"20","overwrites":[{"id":"1","type":0,"allow":"0","deny":"1024"}]}"#
        try await replica.publish([Guild.event(10, .channelPermissions, hide), message(11, 20)])
        try await eventually("the change") {
            await replica.hub.position(of: .only) == EventID(epoch: 5, number: 11)
        }
        let changed = try await replica.call("events", "\(Self.path)?after=5-1", as: Town.session(of: 3))
        #expect(changed.status == 410, "no replay goes across a change of sight")
        let behind = try await replica.call("events", "\(Self.path)?after=5-10", as: Town.session(of: 3))
        #expect(names(behind) == [] && behind.json?["last"]?.string == "5-11")
        let owner = try await replica.call("events", "\(Self.path)?after=5-8", as: Town.session(of: 2))
        #expect(names(owner) == ["message.created 9", "message.created 11"], "the owner's sight is the same")
    }

    @Test func `one page looks at so many events and no more`() async throws {
        let replica = try await Town.replica(Town.told())
        let count = UInt64(MissedEvents.scannedMax + 10)
        var events: [StreamEvent] = []
        for number in 2...(count + 1) { events.append(message(number, number == count + 1 ? 20 : 30)) }
        try await replica.publish(events)
        try await eventually("the events") {
            await replica.hub.position(of: .only) == EventID(epoch: 5, number: count + 1)
        }
        let first = try await replica.call("events", "\(Self.path)?after=5-1", as: Town.session(of: 3))
        #expect(names(first) == [] && first.json?["isEnd"]?.bool == false)
        let last = try #require(first.json?["last"]?.string)
        #expect(last == "5-\(MissedEvents.scannedMax + 1)")
        let second = try await replica.call("events", "\(Self.path)?after=\(last)", as: Town.session(of: 3))
        #expect(names(second) == ["message.created \(count + 1)"] && second.json?["isEnd"]?.bool == true)
    }
}
