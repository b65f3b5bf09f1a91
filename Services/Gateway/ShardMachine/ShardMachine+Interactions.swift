internal import Base
internal import DiscordProtocol
internal import JSON
internal import LinkProtocol

extension ShardMachine {
    /// At its receipt, before it is on disk: Discord's three seconds do not wait for ours.
    mutating func takeInteraction(_ dispatch: Dispatch, _ moment: Moment) {
        guard dispatch.name == DispatchKind.interactionCreate.rawValue,
            let interaction = Interaction(dispatch.data, received: moment.wall)
        else { return }
        interactions.take(interaction, age: interaction.lateness, now: moment.now)
    }

    /// Those of the last process that may still be without a response are deferred now: nobody knows whether they are.
    mutating func findInteractions(_ moment: Moment) {
        for interaction in folded.interactions.inOrder {
            let age = interaction.lateness + .milliseconds(max(0, moment.wall - interaction.received))
            guard age < InteractionMachine.responseWithin else { continue }
            let due = max(age, InteractionMachine.deferAfter)
            interactions.take(interaction, age: due, isFound: true, now: moment.now)
        }
    }

    /// The next process may come too late for them.
    mutating func deferAllInteractions(_ moment: Moment) -> [Action] {
        interactions.hurry(now: moment.now)
        return deferInteractions(moment)
    }

    package mutating func deferInteractions(_ moment: Moment) -> [Action] {
        interactions.tick(now: moment.now).map { .deferInteraction($0) }
    }

    package mutating func deferred(
        _ interaction: Interaction,
        _ outcome: InteractionMachine.Outcome,
        at moment: Moment
    ) -> [Action] {
        interactions.deferred(interaction.id, outcome, now: moment.now)
        let after = interaction.lateness + .milliseconds(max(0, moment.wall - interaction.received))
        return [.note(.interactionDeferred(outcome, after: after))]
    }

    // MARK: Answers

    /// Whether an order does no harm if an earlier try of it was carried out.
    func isRepeatable(_ order: LinkOrder, begun: Int64, _ moment: Moment) -> Bool {
        var interaction: Interaction?
        if case .answer(let id, _) = order.deed { interaction = folded.interactions[id] }
        return order.isRepeatable(begun: begun, wall: moment.wall, answers: interaction)
    }

    /// Notes that an interaction has its first response. Where Discord had one, and that may be an earlier try of this very
    /// answer, it is that if nobody else can have given one.
    mutating func settled(_ outcome: LinkResult.Outcome, of running: CommandBook.Running)
        -> LinkResult.Outcome
    {
        guard let id = running.order.responseTo else { return outcome }
        switch outcome {
        case .value: interactions.responded(id)
        case .failed(let failure) where failure.discordCode == Interaction.alreadyAcknowledged:
            let isOurs = failure.code == .unknownOutcome && !running.isAgain && interactions.isAskedOnce(id)
            interactions.responded(id)
            if isOurs { return .value(Array(#"{"as":"callback"}"#.utf8)) }
        default: break
        }
        return outcome
    }

    /// What the last process had begun.
    mutating func findCommands() {
        for (key, open) in folded.commands.open {
            guard let order = LinkOrder(arguments: open.arguments, key: key) else { continue }
            book.running[key] = CommandBook.Running(
                order: order,
                fingerprint: open.fingerprint,
                begun: open.begun,
                until: .zero,
                step: .found,
                isAgain: true,
                askers: [:]
            )
        }
    }

    static func value(_ fill: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(reserving: 64)
        writer.beginObject()
        fill(&writer)
        writer.endObject()
        return writer.takeBytes()
    }
}

extension LinkOrder {
    /// The interaction that it may be the first response of.
    var responseTo: Snowflake? {
        switch deed {
        case .answer(let id, _), .deferAnswer(let id, _): id
        default: nil
        }
    }
}

extension LinkResult.Outcome {
    /// Of a try behind one that nobody knows the outcome of: that nothing was done now says nothing about that one. A member
    /// who has not passed the screening had no role of ours before.
    var ofAnotherTry: Self {
        guard case .failed(let failure) = self, failure.code != .pendingMember,
            failure.code.isRetryable || failure.code == .unknownInteraction
        else { return self }
        return .failed(.unknown)
    }
}
