package import Base
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

    /// The bot's application as Discord has it now.
    package struct Application: Sendable, Equatable {
        package let id: Snowflake
        package let name: String
        /// Discord's documentation, "Application Flags".
        package let flags: UInt64
        package let bot: (id: Snowflake, name: String)?

        package init(id: Snowflake, name: String, flags: UInt64, bot: (id: Snowflake, name: String)?) {
            self.id = id
            self.name = name
            self.flags = flags
            self.bot = bot
        }

        package static func == (left: Self, right: Self) -> Bool {
            (left.id, left.name, left.flags) == (right.id, right.name, right.flags)
                && left.bot?.id == right.bot?.id && left.bot?.name == right.bot?.name
        }
    }

    /// `GET /applications/@me`.
    package func application() async throws(Failure) -> Application {
        let route = RESTRoute(.get, "/applications/@me")
        let reply: RESTReply
        do throws(RESTError) {
            reply = try await api.send(RESTRequest(route, timeout: .seconds(15)))
        } catch {
            throw Failure(error)
        }
        guard let root = try? JSONDocument(parsing: reply.body).root, let id = root["id"]?.snowflake,
            let name = root["name"]?.string
        else { throw Failure.unreadable }
        let bot = root["bot"]?["id"]?.snowflake.flatMap { id in
            root["bot"]?["username"]?.string.map { (id: id, name: $0) }
        }
        return Application(id: id, name: name, flags: root["flags"]?.uint64 ?? 0, bot: bot)
    }
}
