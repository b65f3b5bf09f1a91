import DiscordProtocol
import Gateway
import Testing

@Suite struct DiscordRESTTests {
    private struct Table: DiscordAPI {
        let result: Result<RESTReply, RESTError>
        func send(_ request: RESTRequest) async throws(RESTError) -> RESTReply {
            #expect(request.route == RESTRoute(.get, "/gateway/bot") && request.isRepeatable)
            return try result.get()
        }
    }

    private func ask(_ body: String) async throws(DiscordREST.Failure) -> DiscordREST.GatewayBot {
        let reply = RESTReply(status: 200, body: Array(body.utf8))
        return try await DiscordREST(api: Table(result: .success(reply))).gatewayBot()
    }

    private func failure(_ error: RESTError) async -> DiscordREST.Failure? {
        do throws(DiscordREST.Failure) {
            _ = try await DiscordREST(api: Table(result: .failure(error))).gatewayBot()
            return nil
        } catch {
            return error
        }
    }

    @Test func `gateway bot says where to connect and how many sessions are left`() async throws {
        let answer = try await ask(
            #"{"url":"wss://g","shards":2,"session_start_limit":{"total":1000,"remaining":9,"reset_after":1500,"max_concurrency":16}}"#
        )
        #expect(answer.url == "wss://g" && answer.shards == 2 && answer.sessionsLeft == 9)
        #expect(answer.resetAfter == .milliseconds(1500) && answer.maxConcurrency == 16)
        let bare = try await ask(#"{"url":"wss://g"}"#)
        #expect(bare.shards == 1 && bare.maxConcurrency == 1 && bare.sessionsLeft == 1)
        for broken in ["", "{", "{}", "[]", #"{"url":1}"#] {
            await #expect(throws: DiscordREST.Failure.self, "\(broken)") { try await ask(broken) }
        }
    }

    @Test func `a refusal says how long to wait, where that is known`() async throws {
        guard case .unauthorized = await failure(.unauthorized) else {
            Issue.record("not unauthorized")
            return
        }
        guard case .refused(_, .seconds(7)) = await failure(.quarantined(status: 403, wait: .seconds(7))),
            case .refused(_, .seconds(8)) = await failure(.invalidRequestBudgetSpent(wait: .seconds(8))),
            case .refused(.timedOut, nil) = await failure(.timedOut)
        else {
            Issue.record("no wait")
            return
        }
    }
}
