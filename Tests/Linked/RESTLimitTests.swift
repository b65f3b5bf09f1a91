import Base
import DiscordProtocol
import EventLoop
import FoundationEssentials
import Gateway
import HTTPClient
import JSON
import Simulator
import Telemetry
import TestSupport
import Testing

/// The gateway's REST client and the simulated Discord with its real buckets, over loopback.
@Suite struct RESTLimitTests {
    private struct Line: Sendable {
        let method: String
        let path: String
        let status: Int
        let content: String?
    }

    /// A simulator with a guild; `channels` are its text channels.
    private struct Bench {
        let simulator: RunningSimulator
        let loop: EventLoop
        let http = URLSessionHTTPClient()
        var guild = ""
        var channels: [String] = []

        func client(budget: Int = InvalidRequestBudget.limitDefault) -> RESTClient {
            var settings = RESTClient.Settings(
                base: "http://127.0.0.1:\(simulator.port)/api/v10",
                token: Secret("simulator-token")
            )
            settings.invalidRequestsMax = budget
            return RESTClient(settings, http: http, loop: loop, log: .silent, metrics: Metrics())
        }

        func control(_ path: String) async throws -> [JSONValue] {
            let reply = try await http.send(
                HTTPCall("GET", "http://127.0.0.1:\(simulator.controlPort)\(path)")
            )
            if let array = try? JSONDocument(parsing: reply.body).root.array { return Array(array) }
            return reply.body.split(separator: 0x0A).compactMap { try? JSONDocument(parsing: Array($0)).root }
        }

        /// `GET /control/rest`: what Discord was asked.
        func asked() async throws -> [Line] {
            try await control("/control/rest?limit=10000").map {
                Line(
                    method: $0["method"]?.string ?? "",
                    path: $0["path"]?.string ?? "",
                    status: $0["status"]?.int ?? 0,
                    content: $0["body"]?["content"]?.string
                )
            }
        }

        static func run(_ body: (Bench) async throws -> Void) async throws {
            var config = SimulatorConfig()
            (config.port, config.controlPort, config.rate, config.members) = (0, 0, 0, 30)
            let settings = config
            try await withEventLoop { loop in
                let simulator = try await RunningSimulator.start(settings, loop: loop, log: .silent)
                var bench = Bench(simulator: simulator, loop: loop)
                let guild = try #require(try await bench.control("/control/guilds").first)
                bench.guild = try #require(guild["id"]?.string)
                bench.channels = (guild["channels"]?.array.map(Array.init) ?? []).compactMap {
                    $0["type"]?.int == 0 ? $0["id"]?.string : nil
                }
                let outcome: (any Error)?
                do {
                    try await body(bench)
                    outcome = nil
                } catch {
                    outcome = error
                }
                await simulator.stop()
                bench.http.close()
                if let outcome { throw outcome }
            }
        }
    }

    private static func message(_ channel: String, _ text: String, timeout: Duration = .seconds(600))
        -> RESTRequest
    {
        RESTRequest(
            RESTRoute(.post, "/channels/{channel.id}/messages", [channel]),
            body: .json(Array(#"{"content":"\#(text)"}"#.utf8)),
            timeout: timeout
        )
    }

    private static func status(_ client: RESTClient, _ request: RESTRequest) async -> Result<Int, RESTError> {
        do throws(RESTError) { return .success(try await client.send(request).status) } catch {
            return .failure(error)
        }
    }

    @Test func `bursts to several channels meet no 429`() async throws {
        try await Bench.run { bench in
            let client = bench.client()
            let channels = bench.channels.prefix(3)
            #expect(channels.count == 3)
            let outcomes = await withTaskGroup { group in
                for number in 0..<7 {
                    for channel in channels {
                        group.addTask { await Self.status(client, Self.message(channel, "\(number)")) }
                    }
                }
                for _ in 0..<30 {
                    let route = RESTRoute(.get, "/guilds/{guild.id}", [bench.guild])
                    group.addTask { await Self.status(client, RESTRequest(route, timeout: .seconds(600))) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count == 51 && outcomes.allSatisfy { $0 == .success(200) })
            let asked = try await bench.asked()
            #expect(asked.count >= 51 && !asked.contains { $0.status == 429 })
            for channel in channels {
                let sent = asked.filter { $0.path.contains(channel) && $0.method == "POST" }
                #expect(sent.count == 7 && Set(sent.compactMap(\.content)).count == 7)
            }
        }
    }

    @Test func `a flood of failing requests stops at the budget`() async throws {
        try await Bench.run { bench in
            let client = bench.client(budget: 15)
            let outcomes = await withTaskGroup { group in
                for number in 0..<200 {
                    // Without the token all are refused.
                    let route = RESTRoute(.get, "/channels/{channel.id}", ["\(number)"], authority: .path)
                    group.addTask { await Self.status(client, RESTRequest(route, timeout: .seconds(600))) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let refused = outcomes.count {
                if case .failure(.refused(401, 0, _, _)) = $0 { true } else { false }
            }
            let held = outcomes.count {
                if case .failure(.invalidRequestBudgetSpent) = $0 { true } else { false }
            }
            #expect(refused == 15 && held == 185)
            let asked = try await bench.asked()
            #expect(asked.count { $0.status == 401 } == 15)
        }
    }

    @Test func `who is cancelled or late is not sent`() async throws {
        try await Bench.run { bench in
            let client = bench.client()
            let channel = try #require(bench.channels.first)
            for number in 0..<5 { _ = try await client.send(Self.message(channel, "\(number)")) }
            let cancelled = Task { await Self.status(client, Self.message(channel, "cancelled")) }
            let late = await Self.status(client, Self.message(channel, "late", timeout: .milliseconds(50)))
            cancelled.cancel()
            #expect(late == .failure(.timedOut))
            #expect(await cancelled.value == .failure(.cancelled))
            #expect(await Self.status(client, Self.message(channel, "last")) == .success(200))
            let sent = try await bench.asked().filter { $0.method == "POST" }
            #expect(sent.compactMap(\.content) == ["0", "1", "2", "3", "4", "last"])
        }
    }

    @Test func `a message with files arrives`() async throws {
        try await Bench.run { bench in
            let channel = try #require(bench.channels.first)
            var request = Self.message(channel, "")
            let file = RESTRequest.File(
                name: "a \"b\".txt",
                contentType: "text/plain",
                bytes: Array("x\r\n--y".utf8)
            )
            request.body = .multipart(json: Array(#"{"content":"with a file"}"#.utf8), files: [file])
            let reply = try await bench.client().send(request)
            let message = try JSONDocument(parsing: reply.body).root
            #expect(message["content"]?.string == "with a file")
            #expect(message["attachments"]?.array.map(Array.init)?.first?["size"]?.int == 6)
        }
    }

    @Test func `a bucket that somebody else has spent is waited for`() async throws {
        try await Bench.run { bench in
            let (first, second) = (bench.client(), bench.client())
            let channel = try #require(bench.channels.first)
            // Where five requests take longer than the bucket's window, as on a busy machine, there is nothing to wait for.
            try await eventually("a bucket that is spent") {
                for number in 0..<5 { _ = try await first.send(Self.message(channel, "\(number)")) }
                #expect(await Self.status(second, Self.message(channel, "mine")) == .success(200))
                let statuses = try await bench.asked().filter { $0.method == "POST" }.map(\.status)
                return statuses.suffix(7) == [200, 200, 200, 200, 200, 429, 200]
            }
        }
    }
}
