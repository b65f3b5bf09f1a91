internal import Base
internal import DiscordProtocol
internal import JSON
internal import LinkProtocol

/// Discord's documentation, "Receiving and Responding to Interactions": a first response within three seconds, what comes
/// after it by the interaction's webhook. These routes need no token of the bot's, and are outside the global limit.
extension CommandRunner {
    /// "Already acknowledged": what was meant as the first response comes after it.
    private static let alreadyAcknowledged = 40060

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
            let isFirst = try await respond(interaction, body, job)
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
        if !job.isResponded, try await respond(interaction, body.encoded, job) {
            return Self.done(as: "callback")
        }
        switch (body.kind, interaction.kind) {
        case (.choices, _), (.modal, _):
            throw LinkFailure(.tooLate, "it has a first response already, and this can be nothing else")
        // The message that a component stands in is not the place for another one.
        case (.message, .component): return try await followUp(interaction, body.data, job)
        default: return try await edit(interaction, body.data, job)
        }
    }

    /// False: it had a first response.
    private func respond(_ interaction: Interaction, _ body: [UInt8], _ job: CommandJob)
        async throws(LinkFailure)
        -> Bool
    {
        do throws(LinkFailure) {
            _ = try await send(Self.callback(interaction, body), job)
            return true
        } catch {
            guard error.discordCode == Self.alreadyAcknowledged else { throw error }
            return false
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
        return RESTRequest(route, body: .json(body), isRepeatable: true)
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
            case .refused(_, Self.alreadyAcknowledged, _): return .already
            case .refused(404, _, _), .quarantined(404, _): return .gone
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
