package import DiscordProtocol
internal import JSON

/// What the gateway asks of Discord for itself, before it connects.
package struct DiscordREST: Sendable {
    let api: any DiscordAPI

    package init(api: any DiscordAPI) { self.api = api }

    /// Where to connect, and how many sessions may still be started today.
    package struct GatewayBot: Sendable, Equatable {
        package let url: String
        package let shards: Int
        package let sessionsLeft: Int
        package let resetAfter: Duration
        /// Buckets of IDENTIFYs, each of which is free once in 5 s.
        package let maxConcurrency: Int
    }

    package enum Failure: Error, CustomStringConvertible {
        /// 401: the token is wrong.
        case unauthorized
        /// Discord said no, or the limiter did before it was asked; then with how long it will.
        case refused(RESTError, retryAfter: Duration?)
        case unreadable

        package var description: String {
            switch self {
            case .unauthorized: "Discord refused the token"
            case .refused(let error, _): error.description
            case .unreadable: "Discord's answer could not be read"
            }
        }

        init(_ error: RESTError) {
            switch error {
            case .unauthorized: self = .unauthorized
            case .quarantined(_, let wait), .invalidRequestBudgetSpent(let wait):
                self = .refused(error, retryAfter: wait)
            default: self = .refused(error, retryAfter: nil)
            }
        }
    }

    /// `GET /gateway/bot`. A 429 is waited for and asked again by the limiter.
    package func gatewayBot() async throws(Failure) -> GatewayBot {
        let route = RESTRoute(.get, "/gateway/bot")
        let reply: RESTReply
        do throws(RESTError) {
            reply = try await api.send(RESTRequest(route, timeout: .seconds(15)))
        } catch {
            throw Failure(error)
        }
        guard let root = try? JSONDocument(parsing: reply.body).root, let url = root["url"]?.string else {
            throw Failure.unreadable
        }
        let limit = root["session_start_limit"]
        return GatewayBot(
            url: url,
            shards: max(1, root["shards"]?.int ?? 1),
            sessionsLeft: limit?["remaining"]?.int ?? 1,
            resetAfter: .milliseconds(limit?["reset_after"]?.int ?? 0),
            maxConcurrency: max(1, limit?["max_concurrency"]?.int ?? 1)
        )
    }
}
