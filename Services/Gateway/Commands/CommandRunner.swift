internal import Base
package import DiscordProtocol
internal import JSON
package import LinkProtocol

/// Carries commands out at Discord: which requests, and what their answers mean. It keeps nothing.
package struct CommandRunner: Sendable {
    let api: any DiscordAPI
    /// Monotonic, as the jobs' deadlines are.
    private let now: @Sendable () -> Duration

    package init(api: any DiscordAPI, now: @escaping @Sendable () -> Duration) {
        self.api = api
        self.now = now
    }

    package func run(_ job: CommandJob) async -> LinkResult.Outcome {
        do throws(LinkFailure) { return .value(try await perform(job)) } catch { return .failed(error) }
    }

    private func perform(_ job: CommandJob) async throws(LinkFailure) -> [UInt8] {
        switch job.order.deed {
        case .sendMessage, .editMessage, .deleteMessage, .addReaction, .removeReaction:
            return try await onMessage(job)
        case .addRole(let user, let role, let reason):
            return try await changeRole(job, .put, user, role, reason)
        case .removeRole(let user, let role, let reason):
            return try await changeRole(job, .delete, user, role, reason)
        case .registerCommands(let isGlobal, let commands):
            return try await register(job, isGlobal, commands)
        case .answer, .deferAnswer, .followUp, .editAnswer: return try await onInteraction(job)
        case .emit: throw LinkFailure(.invalid, "an event is not Discord's")
        }
    }

    private func onMessage(_ job: CommandJob) async throws(LinkFailure) -> [UInt8] {
        let template = "/channels/{channel.id}/messages"
        switch job.order.deed {
        case .sendMessage(let channel, let message):
            let body = try MessageBody.prepared(message, nonce: job.nonce)
            let route = RESTRoute(.post, template, [channel.description])
            let reply = try await send(RESTRequest(route, body: .json(body), isRepeatable: true), job)
            return try Self.message(reply)
        case .editMessage(let channel, let id, let message):
            let body = try MessageBody.prepared(message)
            let route = RESTRoute(.patch, template + "/{message.id}", [channel.description, id.description])
            return try Self.message(try await send(RESTRequest(route, body: .json(body)), job))
        case .deleteMessage(let channel, let id, let reason):
            let route = RESTRoute(.delete, template + "/{message.id}", [channel.description, id.description])
            var request = RESTRequest(route)
            request.reason = reason
            do throws(RESTError) { _ = try await attempt(request, job) } catch {
                // Gone by the try before.
                guard case .refused(_, Self.unknownMessage, _, let isResent) = error, isResent || job.isAgain
                else { throw LinkFailure(error) }
            }
            return Self.nothing
        case .addReaction(let channel, let id, let emoji), .removeReaction(let channel, let id, let emoji):
            var method = RESTRoute.Method.put
            if case .removeReaction = job.order.deed { method = .delete }
            let route = RESTRoute(
                method,
                template + "/{message.id}/reactions/{emoji}/@me",
                [channel.description, id.description, emoji]
            )
            _ = try await send(RESTRequest(route), job)
            return Self.nothing
        default: throw LinkFailure(.invalid, "not about a message")
        }
    }

    private func changeRole(
        _ job: CommandJob,
        _ method: RESTRoute.Method,
        _ user: Snowflake,
        _ role: Snowflake,
        _ reason: String?
    ) async throws(LinkFailure) -> [UInt8] {
        let guild = job.order.guild ?? Snowflake(0)
        let route = RESTRoute(
            method,
            "/guilds/{guild.id}/members/{user.id}/roles/{role.id}",
            [guild.description, user.description, role.description]
        )
        var request = RESTRequest(route)
        request.reason = reason
        _ = try await send(request, job)
        return Self.nothing
    }

    /// Looks at what Discord has first: so a restart, or another worker's wish for the same, overwrites nothing.
    private func register(_ job: CommandJob, _ isGlobal: Bool, _ commands: [UInt8]) async throws(LinkFailure)
        -> [UInt8]
    {
        guard let application = job.application else {
            throw LinkFailure(.incomplete, "Discord has not named the application yet")
        }
        var template = "/applications/{application.id}/commands"
        var parameters = [application.description]
        if !isGlobal, let guild = job.order.guild {
            template = "/applications/{application.id}/guilds/{guild.id}/commands"
            parameters.append(guild.description)
        }
        let wanted = try CommandSet(commands)
        var look = RESTRequest(RESTRoute(.get, template, parameters))
        look.query = [(name: "with_localizations", value: "true")]
        let reply = try await send(look, job)
        let held: CommandSet
        do throws(LinkFailure) { held = try CommandSet(reply.body) } catch {
            throw LinkFailure(.unknownOutcome, "Discord's list of commands cannot be read")
        }
        let differs = wanted.differs(from: held)
        if differs {
            let route = RESTRoute(.put, template, parameters)
            _ = try await send(RESTRequest(route, body: .json(commands)), job)
        }
        return ShardMachine.value { writer in
            writer.member("changed", differs)
            writer.member("count", wanted.count)
        }
    }

    // MARK: Requests

    static let nothing = Array("{}".utf8)
    private static let unknownMessage = 10008

    func send(_ request: RESTRequest, _ job: CommandJob) async throws(LinkFailure) -> RESTReply {
        do throws(RESTError) { return try await attempt(request, job) } catch { throw LinkFailure(error) }
    }

    /// It has what is left of the command's time.
    func attempt(_ request: RESTRequest, _ job: CommandJob) async throws(RESTError) -> RESTReply {
        var request = request
        request.timeout = max(.zero, job.until - now())
        return try await api.send(request)
    }

    /// Which message was made or changed.
    static func message(_ reply: RESTReply) throws(LinkFailure) -> [UInt8] {
        let root: JSONValue?
        do throws(JSONError) { root = try JSONDocument(parsing: reply.body).root } catch { root = nil }
        guard let id = root?["id"]?.snowflake else {
            throw LinkFailure(.unknownOutcome, "Discord's answer names no message")
        }
        return ShardMachine.value { writer in
            writer.member("messageId", id)
            if let channel = root?["channel_id"]?.snowflake { writer.member("channelId", channel) }
        }
    }
}

extension LinkFailure {
    package init(_ error: RESTError) {
        let text = "\(error)"
        switch error {
        case .refused(let status, let code, let message, _) where status >= 500:
            self.init(.unknownOutcome, message, status: status, discordCode: code == 0 ? nil : code)
        case .refused(429, let code, let message, _):
            self.init(.rateLimited, message, status: 429, discordCode: code == 0 ? nil : code)
        case .refused(0, _, let message, _): self.init(.invalid, message)
        case .refused(let status, let code, let message, _):
            self.init(.refused, message, status: status, discordCode: code == 0 ? nil : code)
        case .unauthorized: self.init(.unauthorized, text, status: 401)
        case .timedOut: self.init(.expired, text)
        case .overloaded: self.init(.overloaded, text)
        case .invalidRequestBudgetSpent: self.init(.budgetSpent, text)
        case .quarantined(let status, _): self.init(.quarantined, text, status: status)
        case .cancelled, .unknownOutcome: self.init(.unknownOutcome, text)
        }
    }
}
