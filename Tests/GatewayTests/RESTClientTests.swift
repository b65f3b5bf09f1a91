import Base
import DiscordProtocol
import EventLoop
import Gateway
import HTTPClient
import Lifecycle
import Telemetry
import TestSupport
import Testing

/// The shell around the limiter, before an HTTP client that answers from a script.
@Suite struct RESTClientTests {
    /// Answers in the order of the script; what is beyond it waits until it is cancelled or let go.
    final class Script: HTTPClient {
        private struct State {
            var calls: [HTTPCall] = []
            var answers: [Result<HTTPReply, HTTPClientError>]
            var held: [CheckedContinuation<Void, Never>] = []
        }

        private let state: Locked<State>

        init(_ answers: [Result<HTTPReply, HTTPClientError>]) { state = Locked(State(answers: answers)) }

        var calls: [HTTPCall] { state.withLock { $0.calls } }

        func letGo() {
            let held = state.withLock { state in
                defer { state.held = [] }
                return state.held
            }
            for continuation in held { continuation.resume() }
        }

        func send(_ call: HTTPCall) async throws -> HTTPReply {
            let answer = state.withLock { state in
                state.calls.append(call)
                return state.answers.isEmpty ? nil : state.answers.removeFirst()
            }
            if let answer { return try answer.get() }
            await withCheckedContinuation { continuation in
                state.withLock { $0.held.append(continuation) }
            }
            return HTTPReply(status: 204)
        }
    }

    private static func withClient(
        _ answers: [Result<HTTPReply, HTTPClientError>],
        _ body: (RESTClient, Script, Readiness) async throws -> Void
    ) async throws {
        let script = Script(answers)
        let readiness = Readiness()
        try await withEventLoop { loop in
            let client = RESTClient(
                RESTClient.Settings(base: "http://proxy/discord/api/v10", token: Secret("t0k")),
                http: script,
                loop: loop,
                log: .silent,
                metrics: Metrics(),
                readiness: readiness
            )
            try await body(client, script, readiness)
        }
    }

    private static func outcome(_ client: RESTClient, _ request: RESTRequest) async -> Result<
        RESTReply, RESTError
    > {
        do throws(RESTError) { return .success(try await client.send(request)) } catch {
            return .failure(error)
        }
    }

    private static let get = RESTRequest(RESTRoute(.get, "/users/{user.id}", ["1"]), timeout: .seconds(600))

    @Test func `a request carries what Discord asks for`() async throws {
        let ok = HTTPReply(status: 200, body: [1, 2])
        try await Self.withClient([.success(ok), .success(ok), .success(ok)]) { client, script, _ in
            var request = RESTRequest(
                RESTRoute(.put, "/guilds/{guild.id}/bans/{user.id}", ["7", "a/b"]),
                body: .json(Array("{}".utf8))
            )
            request.query = [("x", "1 2")]
            request.reason = "naïve"
            #expect(try await client.send(request) == RESTReply(status: 200, body: [1, 2]))
            let call = try #require(script.calls.first)
            #expect(
                call.method == "PUT" && call.url == "http://proxy/discord/api/v10/guilds/7/bans/a%2Fb?x=1%202"
            )
            #expect(call.body == Array("{}".utf8))
            #expect(
                call.headers == [
                    .init("Authorization", "Bot t0k"), .init("X-Audit-Log-Reason", "na%C3%AFve"),
                    .init("Content-Type", "application/json"),
                ]
            )
            let own = RESTRoute(
                .post,
                "/interactions/{interaction.id}/{interaction.token}/callback",
                ["1", "t"],
                authority: .path
            )
            _ = try await client.send(RESTRequest(own))
            #expect(script.calls.last?.headers == [] && script.calls.last?.body == [])
            _ = try await client.send(Self.get)
            #expect(script.calls.last?.body == nil)
        }
    }

    @Test(arguments: [("auto", 45), ("0-3/4", 45), ("4-7/16", 11), ("3/200", 1)])
    func `processes of one token share its requests as they share the shards`(share: (String, Int)) throws {
        let config = try GatewayConfig(environment: [
            "DISCORD_BOT_TOKEN": "t", "LINK_TOKEN": "l", "DISCORD_SHARDS": share.0,
        ])
        #expect(RESTClient.Settings(config).limits.perSecond == share.1)
    }

    @Test func `what cannot be sent is refused without a call`() async throws {
        try await Self.withClient([]) { client, script, _ in
            let huge = RESTRequest.File(
                name: "f",
                contentType: "a/b",
                bytes: Array(repeating: 0, count: 26 << 20)
            )
            let route = RESTRoute(.post, "/channels/{channel.id}/messages", ["1"])
            for request in [
                RESTRequest(RESTRoute(.get, "/users/{user.id}", [".."])),
                RESTRequest(route, body: .multipart(json: [], files: [huge])),
            ] {
                guard case .failure(.refused(0, 0, _, _)) = await Self.outcome(client, request) else {
                    Issue.record("not refused")
                    continue
                }
            }
            #expect(script.calls.isEmpty)
        }
    }

    @Test func `an answer that is no success is a typed error`() async throws {
        let unknown = #"{"code":10013,"message":"Unknown User"}"#
        let broken = HTTPClientError(code: .connectionFailed, reason: "broke")
        let invalid = HTTPClientError(code: .invalidCall, reason: "no URL")
        let answers: [Result<HTTPReply, HTTPClientError>] = [
            .success(HTTPReply(status: 404, body: Array(unknown.utf8))), .failure(broken), .failure(invalid),
        ]
        try await Self.withClient(answers) { client, _, _ in
            #expect(
                await Self.outcome(client, Self.get)
                    == .failure(.refused(status: 404, code: 10013, message: "Unknown User"))
            )
            let post = RESTRequest(
                RESTRoute(.post, "/channels/{channel.id}/messages", ["1"]),
                timeout: .seconds(600)
            )
            #expect(await Self.outcome(client, post) == .failure(.unknownOutcome("broke")))
            #expect(
                await Self.outcome(client, post)
                    == .failure(.refused(status: 0, code: 0, message: "no URL"))
            )
        }
    }

    @Test func `a token that Discord refuses is not shown again`() async throws {
        try await Self.withClient([.success(HTTPReply(status: 401))]) { client, script, readiness in
            #expect(await Self.outcome(client, Self.get) == .failure(.unauthorized))
            #expect(await Self.outcome(client, Self.get) == .failure(.unauthorized))
            #expect(script.calls.count == 1)
            #expect(readiness.missing.map(\.name) == ["rest"])
            #expect(readiness.missing.first?.reason.contains("DISCORD_BOT_TOKEN") == true)
        }
    }

    @Test func `a cancelled caller leaves the line at once; what was sent goes on`() async throws {
        try await Self.withClient([]) { client, script, _ in
            let first = Task { await Self.outcome(client, Self.get) }
            try await eventually("the first to be sent") { script.calls.count == 1 }
            let second = Task { await Self.outcome(client, Self.get) }
            let third = Task { await Self.outcome(client, Self.get) }
            second.cancel()
            #expect(await second.value == .failure(.cancelled))
            first.cancel()
            #expect(await first.value == .failure(.cancelled))
            #expect(script.calls.count == 1)
            script.letGo()
            try await eventually("the third to be sent") { script.calls.count == 2 }
            script.letGo()
            #expect(await third.value == .success(RESTReply(status: 204, body: [])))
        }
    }

    @Test func `time is over in line, and a caller cancelled before is not sent`() async throws {
        try await Self.withClient([]) { client, script, _ in
            let first = Task { await Self.outcome(client, Self.get) }
            try await eventually("the first to be sent") { script.calls.count == 1 }
            var late = Self.get
            late.timeout = .milliseconds(10)
            #expect(await Self.outcome(client, late) == .failure(.timedOut))
            let cancelled = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await Self.outcome(client, Self.get)
            }
            #expect(await cancelled.value == .failure(.cancelled))
            script.letGo()
            #expect(await first.value == .success(RESTReply(status: 204, body: [])))
            #expect(script.calls.count == 1)
        }
    }
}
