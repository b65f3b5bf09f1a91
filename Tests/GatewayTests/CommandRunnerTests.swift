import Base
import DiscordProtocol
import EventModels
import Gateway
import JSON
import LinkProtocol
import Testing

/// Which requests a command makes, and what their answers mean.
@Suite struct CommandRunnerTests {
    private static let guild = Snowflake(800)

    private static func job(_ deed: LinkOrder.Deed, isAgain: Bool = false) -> CommandJob {
        var job = CommandJob(
            order: LinkOrder(deed, guild: guild, key: "k"),
            isAgain: isAgain,
            until: .seconds(5)
        )
        job.application = Snowflake(77)
        return job
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func run(_ job: CommandJob, _ answers: [ScriptedAPI.Answer]) async -> (
        LinkResult.Outcome, [String]
    ) {
        let api = ScriptedAPI(answers)
        let outcome = await CommandRunner(api: api, now: { .zero }).run(job)
        return (outcome, api.heard)
    }

    @Test func `requests are Discord's, pings are nobody's unless said, and a message has its nonce`() async {
        let nonce = CommandLedger.nonce(of: "k")
        let none = #""allowed_mentions":{"parse":[]}"#
        let (c, m, id) = (Snowflake(1), Self.bytes(#"{"content":"@everyone"}"#), Snowflake(5))
        let reply = Self.bytes(#"{"id":"9","channel_id":"1"}"#)
        let cases: [(LinkOrder.Deed, String)] = [
            (
                .sendMessage(channel: c, message: m),
                #"POST /channels/1/messages {"content":"@everyone",\#(none),"nonce":"\#(nonce)","enforce_nonce":true}"#
            ),
            (
                .editMessage(channel: c, id: id, message: m),
                #"PATCH /channels/1/messages/5 {"content":"@everyone",\#(none)}"#
            ),
            (
                .editMessage(
                    channel: c,
                    id: id,
                    message: Self.bytes(#"{"allowed_mentions":{"users":["4"]},"content":""}"#)
                ),
                #"PATCH /channels/1/messages/5 {"content":"","allowed_mentions":{"users":["4"]}}"#
            ),
            (.deleteMessage(channel: c, id: id, reason: "spam"), "DELETE /channels/1/messages/5 (spam)"),
            (
                .addReaction(channel: c, id: id, emoji: "x:7"),
                "PUT /channels/1/messages/5/reactions/x%3A7/@me"
            ),
            (
                .removeReaction(channel: c, id: id, emoji: "✅"),
                "DELETE /channels/1/messages/5/reactions/%E2%9C%85/@me"
            ),
            (.addRole(user: id, role: c, reason: nil), "PUT /guilds/800/members/5/roles/1"),
            (.removeRole(user: id, role: c, reason: "r"), "DELETE /guilds/800/members/5/roles/1 (r)"),
        ]
        for (deed, request) in cases {
            let (outcome, heard) = await run(Self.job(deed), [.success(reply)])
            #expect(heard == [request])
            guard case .value = outcome else {
                Issue.record("\(request): \(outcome)")
                continue
            }
        }
    }

    @Test func `errors keep what is known of them`() async {
        let cases: [(RESTError, LinkFailure.Code)] = [
            (.refused(status: 403, code: 50013, message: "no"), .refused),
            (.refused(status: 429, code: 0, message: "no"), .rateLimited),
            (.refused(status: 502, code: 0, message: "no"), .unknownOutcome),
            (.refused(status: 0, code: 0, message: "no"), .invalid), (.unauthorized, .unauthorized),
            (.timedOut, .expired), (.overloaded, .overloaded),
            (.invalidRequestBudgetSpent(wait: .seconds(1)), .budgetSpent),
            (.quarantined(status: 404, wait: .seconds(1)), .quarantined), (.cancelled, .unknownOutcome),
            (.unknownOutcome("broken"), .unknownOutcome),
        ]
        for (error, code) in cases {
            let job = Self.job(.deleteMessage(channel: Snowflake(1), id: Snowflake(2), reason: nil))
            let (outcome, _) = await run(job, [.failure(error)])
            guard case .failed(let failure) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
            #expect(failure.code == code, "\(error)")
            if case .refused(403, let number, _, _) = error {
                #expect(failure.status == 403 && failure.discordCode == number)
            }
        }
    }

    @Test func `a message that is gone when it is deleted again was deleted`() async {
        let gone = ScriptedAPI.Answer.failure(.refused(status: 404, code: 10008, message: "Unknown Message"))
        let deed = LinkOrder.Deed.deleteMessage(channel: Snowflake(1), id: Snowflake(2), reason: nil)
        #expect(await run(Self.job(deed, isAgain: true), [gone]).0 == .value(Self.bytes("{}")))
        guard case .failed = await run(Self.job(deed), [gone]).0 else {
            Issue.record("the first time it is an error")
            return
        }
        let again = RESTError.refused(status: 404, code: 10008, message: "", isResent: true)
        #expect(await run(Self.job(deed), [.failure(again)]).0 == .value(Self.bytes("{}")))
    }

    @Test func `each request has what is left of the command's time`() async {
        let job = Self.job(.registerCommands(isGlobal: true, commands: Self.bytes(Self.wish)))
        let api = ScriptedAPI([.success(Self.bytes("[]")), .success([])])
        let clock = Locked(Duration.seconds(-895))
        let runner = CommandRunner(api: api) {
            clock.withLock { now in
                defer { now = .seconds(3) }
                return now
            }
        }
        guard case .value = await runner.run(job) else {
            Issue.record("it is registered")
            return
        }
        #expect(api.timeouts == [.seconds(900), .seconds(2)])
    }

    // MARK: Commands of the application

    private static let wish =
        #"[{"name":"rank","description":"d","options":[{"type":6,"name":"u","description":"x"}]}]"#
    private static let held = #"""
        [{"id":"1","application_id":"77","version":"3","type":1,"name":"rank","name_localizations":null,
          "description":"d","default_member_permissions":null,"nsfw":false,"contexts":null,"integration_types":[0],
          "options":[{"type":6,"name":"u","description":"x","required":false,"name_localizations":null}]}]
        """#

    @Test func `commands are overwritten only where Discord would have others afterwards`() async throws {
        let look = "GET /applications/77/commands?with_localizations=true"
        let put = "PUT /applications/77/commands \(Self.wish)"
        let cases = [
            (Self.held, [look]), ("[]", [look, put]),
            (Self.held.replacing(#""description":"d""#, with: #""description":"e""#), [look, put]),
            (Self.held.replacing(#""required":false"#, with: #""required":true"#), [look, put]),
            (Self.held.replacing(#""type":1"#, with: #""type":2"#), [look, put]),
            (Self.held.replacing(#""nsfw":false"#, with: #""nsfw":true"#), [look, put]),
        ]
        for (there, requests) in cases {
            let job = Self.job(.registerCommands(isGlobal: true, commands: Self.bytes(Self.wish)))
            let (outcome, heard) = await run(job, [.success(Self.bytes(there)), .success([])])
            #expect(heard == requests, "\(there)")
            #expect(outcome == .value(Self.bytes(#"{"changed":\#(requests.count == 2),"count":1}"#)))
        }
        let inGuild = Self.job(.registerCommands(isGlobal: false, commands: Self.bytes("[]")))
        let (_, heard) = await run(inGuild, [.success(Self.bytes("[]"))])
        #expect(heard == ["GET /applications/77/guilds/800/commands?with_localizations=true"])
    }

    @Test func `what Discord fills in counts only where it was asked for`() throws {
        let held = try CommandSet(Self.bytes(#"[{"name":"a","contexts":[0,1],"integration_types":[0]}]"#))
        for (wish, differs) in [
            (#"[{"name":"a"}]"#, false), (#"[{"name":"a","contexts":[1,0]}]"#, false),
            (#"[{"name":"a","contexts":[0]}]"#, true), (#"[{"name":"b"}]"#, true),
            (#"[{"name":"a"},{"name":"a","type":2}]"#, true),
            // Members that are not known, of the command and of what is in it.
            (#"[{"name":"a","handler":null}]"#, false), (#"[{"name":"a","handler":2}]"#, true),
        ] {
            #expect(try CommandSet(Self.bytes(wish)).differs(from: held) == differs, "\(wish)")
        }
        func option(_ member: String) -> [UInt8] {
            Self.bytes(#"[{"name":"a","options":[{"type":11,"name":"f"\#(member)}]}]"#)
        }
        let files = #","file_types":["png","gif"]"#
        for (wish, there, differs) in [
            (files, files, false), (files, "", true), ("", files, true), (#","x":{"b":1,"a":2.0}"#, "", true),
            (#","x":{"b":1,"a":2.0}"#, #","x":{"a":2,"b":1,"c":null}"#, false),
            (
                #","choices":[{"name":"n","value":1}]"#, #","choices":[{"value":1.0,"name":"n","new":0}]"#,
                true
            ),
        ] {
            let set = try CommandSet(option(wish))
            #expect(set.differs(from: try CommandSet(option(there))) == differs, "\(wish) \(there)")
        }
        for wrong in ["{}", "[1]", #"[{"name":""}]"#, "["] {
            #expect(throws: LinkFailure.self) { try CommandSet(Self.bytes(wrong)) }
        }
    }

    // MARK: Interactions

    private static let callback = "POST /interactions/\(DeferralTests.id(5))/secret-token/callback"
    private static let webhook = "/webhooks/77/secret-token"
    private static let late = ScriptedAPI.Answer.failure(.refused(status: 400, code: 40060, message: "again"))
    private static let message = #"{"content":"x","allowed_mentions":{"parse":[]}}"#

    private func answer(
        _ type: Int,
        to kind: Int,
        data: String,
        isResponded: Bool,
        isAgain: Bool = false,
        _ answers: [ScriptedAPI.Answer]
    )
        async throws -> (LinkResult.Outcome, [String])
    {
        let response = Self.bytes(#"{"type":\#(type),"data":\#(data)}"#)
        let deed = LinkOrder.Deed.answer(Snowflake(DeferralTests.id(5)), response: response)
        var job = Self.job(deed, isAgain: isAgain)
        job.interaction = try DeferralTests.interaction(5, type: kind)
        job.isResponded = isResponded
        return await run(job, answers)
    }

    @Test func `a first response in time, and what becomes of it when there was one before`() async throws {
        let said = #"{"content":"x"}"#
        let ok = ScriptedAPI.Answer.success(Self.bytes(#"{"id":"9"}"#))
        let first = #"\#(Self.callback) {"type":4,"data":\#(Self.message)}"#
        let (outcome, heard) = try await answer(4, to: 2, data: said, isResponded: false, [ok])
        #expect(heard == [first] && outcome == .value(Self.bytes(#"{"as":"callback"}"#)))
        let (edited, tries) = try await answer(4, to: 2, data: said, isResponded: false, [Self.late, ok])
        #expect(tries == [first, "PATCH \(Self.webhook)/messages/@original \(Self.message)"])
        #expect(edited == .value(Self.bytes(#"{"as":"edit","messageId":"9"}"#)))
        let hidden = #"{"content":"x","flags":68}"#
        let (_, cleared) = try await answer(4, to: 5, data: hidden, isResponded: true, [ok])
        let left = #"{"content":"x","allowed_mentions":{"parse":[]},"flags":4}"#
        #expect(cleared == ["PATCH \(Self.webhook)/messages/@original \(left)"])
        let (_, beside) = try await answer(4, to: 3, data: said, isResponded: true, [ok])
        #expect(
            beside == ["POST \(Self.webhook) \(Self.message)"],
            "a component's message is not overwritten"
        )
        let (_, updated) = try await answer(7, to: 3, data: said, isResponded: true, [ok])
        #expect(updated == ["PATCH \(Self.webhook)/messages/@original \(Self.message)"])
    }

    /// Whether the response that Discord has is ours, nobody knows: it is neither said again nor denied.
    @Test func `a first response that may have been taken is not followed by another`() async throws {
        let said = #"{"content":"x"}"#
        let perhaps = ScriptedAPI.Answer.failure(
            .refused(status: 400, code: 40060, message: "again", isResent: true)
        )
        let unknown = LinkFailure.Code.unknownOutcome
        for (type, kind, data) in [(4, 3, said), (8, 4, #"{"choices":[]}"#), (9, 2, #"{"custom_id":"m"}"#)] {
            let (outcome, heard) = try await answer(type, to: kind, data: data, isResponded: false, [perhaps])
            #expect(outcome.code == unknown && outcome.discordCode == 40060 && heard.count == 1)
            let (later, none) = try await answer(
                type,
                to: kind,
                data: data,
                isResponded: true,
                isAgain: true,
                []
            )
            #expect(later.code == unknown && none.isEmpty)
            let (second, one) = try await answer(
                type,
                to: kind,
                data: data,
                isResponded: false,
                isAgain: true,
                [Self.late]
            )
            #expect(second.code == unknown && one.count == 1)
        }
        // As an edit it can be said twice.
        let ok = ScriptedAPI.Answer.success(Self.bytes(#"{"id":"9"}"#))
        let (edited, _) = try await answer(4, to: 2, data: said, isResponded: false, [perhaps, ok])
        #expect(edited == .value(Self.bytes(#"{"as":"edit","messageId":"9"}"#)))
    }

    @Test func `choices and modals come first or not at all`() async throws {
        for (type, kind, data) in [(8, 4, #"{"choices":[]}"#), (9, 2, #"{"custom_id":"m"}"#)] {
            let (outcome, _) = try await answer(type, to: kind, data: data, isResponded: true, [])
            guard case .failed(let failure) = outcome, failure.code == .tooLate else {
                Issue.record("\(outcome)")
                continue
            }
        }
        for (type, kind) in [(4, 4), (8, 2), (7, 2), (9, 5), (5, 2)] {
            let (outcome, heard) = try await answer(type, to: kind, data: "{}", isResponded: false, [])
            guard case .failed(let failure) = outcome, failure.code == .invalid, heard.isEmpty else {
                Issue.record("\(type) to \(kind): \(outcome)")
                continue
            }
        }
    }

    @Test func `each kind is deferred in its own way, and what Discord says to that is understood`()
        async throws
    {
        let bodies = [
            2: #"{"type":5,"data":{"flags":64}}"#, 3: #"{"type":6}"#, 4: #"{"type":8,"data":{"choices":[]}}"#,
            5: #"{"type":5,"data":{"flags":64}}"#,
        ]
        for (kind, body) in bodies {
            let api = ScriptedAPI([.success([])])
            let interaction = try #require(try DeferralTests.interaction(5, type: kind))
            #expect(await CommandRunner(api: api, now: { .zero }).deferInteraction(interaction) == .done)
            #expect(api.heard == ["\(Self.callback) \(body)"])
        }
        let interaction = try #require(try DeferralTests.interaction(5))
        let cases: [(ScriptedAPI.Answer, InteractionMachine.Outcome)] = [
            (Self.late, .already), (.failure(.refused(status: 404, code: 10062, message: "")), .gone),
            (.failure(.overloaded), .failed), (.failure(.unknownOutcome("")), .failed),
        ]
        for (answer, outcome) in cases {
            #expect(
                await CommandRunner(api: ScriptedAPI([answer]), now: { .zero }).deferInteraction(interaction)
                    == outcome
            )
        }
    }
}

/// Discord's REST API from a list.
final class ScriptedAPI: DiscordAPI {
    typealias Answer = Result<[UInt8], RESTError>

    private let state: Locked<(answers: [Answer], heard: [String], timeouts: [Duration])>

    init(_ answers: [Answer]) { state = Locked((answers, [], [])) }

    var heard: [String] { state.withLock { $0.heard } }
    var timeouts: [Duration] { state.withLock { $0.timeouts } }

    func send(_ request: RESTRequest) async throws(RESTError) -> RESTReply {
        var text = "\(request.route.method.rawValue) \(request.route.path)"
        if let query = request.query.first { text += "?\(query.name)=\(query.value)" }
        if case .json(let body) = request.body { text += " " + String(decoding: body, as: UTF8.self) }
        if let reason = request.reason { text += " (\(reason))" }
        let answer = state.withLock { state -> Answer in
            state.heard.append(text)
            state.timeouts.append(request.timeout)
            guard !state.answers.isEmpty else { return .failure(.unknownOutcome("not in the script")) }
            return state.answers.removeFirst()
        }
        switch answer {
        case .success(let body): return RESTReply(status: 200, body: body)
        case .failure(let error): throw error
        }
    }
}

extension LinkResult.Outcome {
    var code: LinkFailure.Code? { if case .failed(let failure) = self { failure.code } else { nil } }
    var discordCode: Int? { if case .failed(let failure) = self { failure.discordCode } else { nil } }
}
