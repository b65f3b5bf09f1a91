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
            interactions.take(interaction, age: max(age, InteractionMachine.deferAfter), now: moment.now)
        }
    }

    mutating func deferInteractions(_ moment: Moment) -> [Action] {
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

    /// What the last process had begun.
    mutating func findCommands() {
        for (key, open) in folded.commands.open {
            guard let order = LinkOrder(arguments: open.arguments, key: key) else { continue }
            book.running[key] = CommandBook.Running(
                order: order,
                fingerprint: open.fingerprint,
                begun: open.begun,
                deadline: open.deadline,
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
