package import Base
package import HTTPClient
internal import JSON

/// The one REST call that the gateway makes so far.
package struct DiscordREST: Sendable {
    let client: any HTTPClient
    let base: String
    let token: Secret

    package init(client: any HTTPClient, base: String, token: Secret) {
        self.client = client
        self.base = base
        self.token = token
    }

    /// Where to connect, and how many sessions may still be started today.
    package struct GatewayBot: Sendable, Equatable {
        package let url: String
        package let shards: Int
        package let sessionsLeft: Int
        package let resetAfter: Duration
    }

    package enum Failure: Error, CustomStringConvertible {
        /// 401: the token is wrong.
        case unauthorized
        case refused(status: Int, retryAfter: Duration?)
        case unreadable

        package var description: String {
            switch self {
            case .unauthorized: "Discord refused the token"
            case .refused(let status, _): "Discord answered \(status)"
            case .unreadable: "Discord's answer could not be read"
            }
        }
    }

    /// `GET /gateway/bot`.
    package func gatewayBot() async throws -> GatewayBot {
        let call = HTTPCall(
            "GET",
            "\(base)/gateway/bot",
            headers: [.init("Authorization", "Bot \(token.exposed)")],
            timeout: .seconds(15)
        )
        let reply = try await client.send(call)
        guard reply.status != 401 else { throw Failure.unauthorized }
        guard reply.isSuccess else {
            let seconds = reply[header: "retry-after"].flatMap { Double($0) }
            throw Failure.refused(
                status: reply.status,
                retryAfter: seconds.map { .seconds(min(max(0, $0), 3600)) }
            )
        }
        guard let root = try? JSONDocument(parsing: reply.body).root, let url = root["url"]?.string else {
            throw Failure.unreadable
        }
        let limit = root["session_start_limit"]
        return GatewayBot(
            url: url,
            shards: root["shards"]?.int ?? 1,
            sessionsLeft: limit?["remaining"]?.int ?? 1,
            resetAfter: .milliseconds(limit?["reset_after"]?.int ?? 0)
        )
    }
}
