import Base
import DiscordProtocol
import EventLoop
import FoundationEssentials
import Gateway
import HTTPClient
import JSON
import Lifecycle
import Telemetry
import TestSupport
import Testing

/// The budget of invalid requests on disk, between restarts and between processes.
@Suite struct RESTBudgetTests {
    private struct Refusing: HTTPClient {
        let calls = Locked(0)
        func send(_ call: HTTPCall) async throws -> HTTPReply {
            calls.withLock { $0 += 1 }
            return HTTPReply(status: 403)
        }
    }

    private struct Process {
        let client: RESTClient
        let http: Refusing
        let readiness: Readiness

        init(folder: String, loop: EventLoop, token: String, limit: Int = 20) {
            var settings = RESTClient.Settings(base: "http://discord", token: Secret(token))
            settings.stateDirectory = folder
            settings.invalidRequestsMax = limit
            http = Refusing()
            readiness = Readiness()
            client = RESTClient(
                settings,
                http: http,
                loop: loop,
                log: .silent,
                metrics: Metrics(),
                readiness: readiness
            )
        }

        func ask(_ channel: Int) async -> RESTError? {
            let route = RESTRoute(.get, "/channels/{channel.id}", ["\(channel)"])
            do throws(RESTError) {
                _ = try await client.send(RESTRequest(route, timeout: .seconds(600)))
            } catch { return error }
            return nil
        }
    }

    private func withFolder(_ body: (String, EventLoop) async throws -> Void) async throws {
        let folder = "/tmp/rest-tests-\(RandomSource.hex(8))/state"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await withEventLoop { loop in try await body(folder, loop) }
    }

    private func isSpent(_ error: RESTError?) -> Bool {
        if case .invalidRequestBudgetSpent(let wait) = error {
            wait > .zero && wait <= .seconds(610)
        } else {
            false
        }
    }

    @Test func `a flood stops at the budget, and a restart does not forget`() async throws {
        try await withFolder { folder, loop in
            let first = Process(folder: folder, loop: loop, token: "a")
            for channel in 0..<30 {
                let error = await first.ask(channel)
                #expect(channel < 20 ? error == .refused(status: 403, code: 0, message: "") : isSpent(error))
            }
            #expect(first.http.calls.withLock { $0 } == 20)
            #expect(first.readiness.notes.map(\.name) == ["rest"])
            try await eventually("the refusals to be on disk") { written(folder) == 20 }
            // The same host, another bot, another process: Discord counts by address.
            let second = Process(folder: folder, loop: loop, token: "b")
            #expect(isSpent(await second.ask(1)) && second.http.calls.withLock { $0 } == 0)
        }
    }

    @Test func `processes that run at once spend one budget`() async throws {
        try await withFolder { folder, loop in
            let (first, second) = (
                Process(folder: folder, loop: loop, token: "a"),
                Process(folder: folder, loop: loop, token: "b")
            )
            for channel in 0..<10 { #expect(await first.ask(channel) != nil) }
            for channel in 0..<10 { #expect(await second.ask(channel) != nil) }
            try await eventually("one to hear of the other") {
                let error = await first.ask(Int.random(in: 100...1_000_000))
                return isSpent(error)
            }
            let sent = first.http.calls.withLock { $0 } + second.http.calls.withLock { $0 }
            #expect(sent >= 20 && sent < 40)
            try await eventually("both to be held") {
                isSpent(await second.ask(Int.random(in: 100...1_000_000)))
            }
        }
    }

    @Test func `a folder that cannot be written holds nothing up`() async throws {
        try await withEventLoop { loop in
            let process = Process(folder: "/proc/none", loop: loop, token: "a", limit: 2)
            #expect(await process.ask(1) == .refused(status: 403, code: 0, message: ""))
            #expect(await process.ask(2) == .refused(status: 403, code: 0, message: ""))
            #expect(isSpent(await process.ask(3)))
        }
    }

    @Test func `what is no count is passed over, and old files go`() async throws {
        try await withFolder { folder, loop in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let slot = WallClock.unixMilliseconds() / 10_000
            let text = "x\n\(slot)\n\(slot) 9999999\n1 9\n\(slot) 1\n-1 4\n\(slot) 3"
            let path = "\(folder)/invalid-requests-\(slot / 60).log"
            #expect(FileManager.default.createFile(atPath: path, contents: Data(text.utf8)))
            #expect(
                FileManager.default.createFile(atPath: "\(folder)/invalid-requests-7.log", contents: Data())
            )
            let before = written(folder)
            let process = Process(folder: folder, loop: loop, token: "a", limit: 5)
            #expect(await process.ask(1) == .refused(status: 403, code: 0, message: ""))
            #expect(isSpent(await process.ask(2)))
            // Behind a line without an end, as a crash may leave it.
            try await eventually("the refusal to be on disk") { written(folder) == before + 1 }
            let next = Process(folder: folder, loop: loop, token: "a", limit: 5)
            #expect(isSpent(await next.ask(3)))
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/invalid-requests-7.log"))
        }
    }

    /// The sum of all counts in the folder.
    private func written(_ folder: String) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.reduce(0) { sum, name in
            let text = FileManager.default.contents(atPath: "\(folder)/\(name)").map {
                String(decoding: $0, as: UTF8.self)
            }
            let lines = (text ?? "").split(separator: "\n")
            return lines.reduce(sum) { $0 + (Int($1.split(separator: " ").last ?? "") ?? 0) }
        }
    }
}
