internal import Base
internal import DiscordProtocol
internal import JSON
internal import LinkProtocol

/// Discord's documentation, "Receiving and Responding to Interactions": a first response within three seconds, what comes
/// after it by the interaction's webhook. These routes need no token of the bot's, and are outside the global limit.
extension CommandRunner {
    /// "Already acknowledged": what was meant as the first response comes after it.
    static let alreadyAcknowledged = Interaction.alreadyAcknowledged
    /// Of a callback: three seconds are short, and a second try does no harm.
    private static let callbackTry = Duration.seconds(1)

    /// What Discord says to a first response.
    private enum Taken {
        case yes
        /// It had one.
        case other
        /// It has one, and that may be this: an earlier try was sent, and nobody knows what became of it.
        case perhaps
    }

    func onInteraction(_ job: CommandJob) async throws(LinkFailure) -> [UInt8] {
        guard let interaction = job.interaction else {
            throw LinkFailure(.unknownInteraction, "no interaction of the last 15 minutes")
        }
        switch job.order.deed {
        case .answer(_, let response):
            return try await answer(try ResponseBody(response, to: interaction.kind), interaction, job)
        case .deferAnswer(_, let ephemeral):
            guard !job.isResponded else { return Self.done(as: "already") }
            let body = Self.deferral(of: interaction.kind, ephemeral: ephemeral)
            let isFirst = try await respond(interaction, body, job) == .yes
            return Self.done(as: isFirst ? "callback" : "already")
        case .followUp(_, let message):
            return try await followUp(interaction, try MessageBody.prepared(message), job)
        case .editAnswer(_, let message):
            return try await edit(interaction, try MessageBody.prepared(message), job)
        default: throw LinkFailure(.invalid, "not about an interaction")
        }
    }

    private func answer(_ body: ResponseBody, _ interaction: Interaction, _ job: CommandJob)
        async throws(LinkFailure) -> [UInt8]
    {
        let taken =
            job.isResponded
            ? (job.isAgain ? Taken.perhaps : .other) : try await respond(interaction, body.encoded, job)
        if taken == .yes { return Self.done(as: "callback") }
        // As an edit it does no harm even if it was the first response.
        let comesBehind = body.kind == .update || body.kind == .message
        if comesBehind, !body.isMessage(to: interaction.kind) {
            return try await edit(interaction, body.data, job)
        }
        guard taken == .other else { throw Self.perhapsTaken }
        guard comesBehind else {
            throw LinkFailure(.tooLate, "it has a first response already, and this can be nothing else")
        }
        // The message that a component stands in is not the place for another one.
        return try await followUp(interaction, body.data, job)
    }

    private static let perhapsTaken = LinkFailure(
        .unknownOutcome,
        "it has a first response, and whether that is this one is not known",
        discordCode: alreadyAcknowledged
    )

    private func respond(_ interaction: Interaction, _ body: [UInt8], _ job: CommandJob)
        async throws(LinkFailure)
        -> Taken
    {
        do throws(RESTError) {
            _ = try await attempt(Self.callback(interaction, body), job)
            return .yes
        } catch {
            guard case .refused(_, Self.alreadyAcknowledged, _, let isResent) = error else {
                throw LinkFailure(error)
            }
            return isResent || job.isAgain ? .perhaps : .other
        }
    }

    private static func callback(_ interaction: Interaction, _ body: [UInt8]) -> RESTRequest {
        let route = RESTRoute(
            .post,
            "/interactions/{interaction.id}/{interaction.token}/callback",
            [interaction.id.description, interaction.token.exposed],
            authority: .path
        )
        // Again it does no harm: Discord takes one.
        var request = RESTRequest(route, body: .json(body), isRepeatable: true)
        request.tryTimeout = callbackTry
        return request
    }

    private func edit(_ interaction: Interaction, _ message: [UInt8], _ job: CommandJob)
        async throws(LinkFailure)
        -> [UInt8]
    {
        let route = RESTRoute(
            .patch,
            "/webhooks/{webhook.id}/{webhook.token}/messages/@original",
            [interaction.application.description, interaction.token.exposed],
            authority: .path
        )
        let body = Self.withoutEphemeral(message)
        return Self.done(as: "edit", try await send(RESTRequest(route, body: .json(body)), job))
    }

    private func followUp(_ interaction: Interaction, _ message: [UInt8], _ job: CommandJob)
        async throws(LinkFailure)
        -> [UInt8]
    {
        let route = RESTRoute(
            .post,
            "/webhooks/{webhook.id}/{webhook.token}",
            [interaction.application.description, interaction.token.exposed],
            authority: .path
        )
        let request = RESTRequest(route, body: .json(message), isRepeatable: false)
        return Self.done(as: "followup", try await send(request, job))
    }

    // MARK: Deferrals of our own

    /// What nobody has answered in time: "thinking…", seen by who asked only; nothing for a component; no choices.
    package func deferInteraction(_ interaction: Interaction) async -> InteractionMachine.Outcome {
        var request = Self.callback(interaction, Self.deferral(of: interaction.kind, ephemeral: true))
        request.timeout = InteractionMachine.responseWithin
        do throws(RESTError) {
            _ = try await api.send(request)
            return .done
        } catch {
            switch error {
            case .refused(_, Self.alreadyAcknowledged, _, _): return .already
            case .refused(404, _, _, _), .quarantined(404, _): return .gone
            default: return .failed
            }
        }
    }

    private static func deferral(of kind: Interaction.Kind, ephemeral: Bool) -> [UInt8] {
        switch kind {
        case .command, .modal:
            let flags = "{\"flags\":\(ResponseBody.ephemeral)}"
            return ResponseBody.encoded(type: 5, data: ephemeral ? Array(flags.utf8) : nil)
        case .component: return ResponseBody.encoded(type: 6, data: nil)
        case .autocomplete: return ResponseBody.encoded(type: 8, data: Array(#"{"choices":[]}"#.utf8))
        }
    }

    // MARK: Bodies

    /// Who sees a message was settled by the first response: an edit cannot change it.
    private static func withoutEphemeral(_ message: [UInt8]) -> [UInt8] {
        do throws(JSONError) {
            let root = try JSONDocument(parsing: message).root
            guard let flags = root["flags"]?.int, let object = root.object else { return message }
            return ShardMachine.value { writer in
                for (key, value) in object where key != "flags" {
                    writer.key(text: key)
                    value.write(into: &writer)
                }
                let left = flags & ~ResponseBody.ephemeral
                if left != 0 { writer.member("flags", left) }
            }
        } catch { return message }
    }

    private static func done(as way: String, _ reply: RESTReply? = nil) -> [UInt8] {
        var message: Snowflake?
        if let reply {
            do throws(JSONError) {
                message = try JSONDocument(parsing: reply.body).root["id"]?.snowflake
            } catch {
                message = nil
            }
        }
        return ShardMachine.value { writer in
            writer.member("as", way)
            if let message { writer.member("messageId", message) }
        }
    }
}
