internal import EventLoop
internal import EventModels
internal import LinkProtocol
internal import Telemetry

/// Commands of callers on their way through a shard: from the links, to Discord, and back. What is decided is
/// `ShardMachine`'s.
extension Shard {
    // MARK: From the links

    /// `reply` goes to the links when there is one.
    nonisolated func take(_ command: LinkCommand, from link: LinkID) {
        onLoop { shard in
            let asker = CommandAsker(link: link, id: command.id)
            shard.perform(shard.machine.take(command, from: asker, at: shard.moment))
        }
    }

    nonisolated func linkLeft(_ link: LinkID) {
        onLoop { $0.machine.linkLeft(link) }
    }

    // MARK: To Discord

    func execute(_ job: CommandJob) {
        Task { [runner] in
            let outcome = await runner.run(job)
            self.perform(self.machine.executed(job.key, outcome, at: self.moment))
        }
    }

    func deferInteraction(_ interaction: Interaction) {
        Task { [runner] in
            let outcome = await runner.deferInteraction(interaction)
            self.perform(self.machine.deferred(interaction, outcome, at: self.moment))
        }
    }

    /// From a stop to the answers that are not waited for any longer.
    private static let drainMax = Duration.seconds(2)
    private static let drainLook = Duration.milliseconds(20)

    /// Waits for what is Discord's now, then tells the others that nobody knows.
    func drainCommands() async {
        let until = loop.now + Self.drainMax
        while machine.book.executing > 0 || !machine.interactions.isSettled, loop.now < until {
            await loop.pause(Self.drainLook)
            // One that has failed is tried again while there is time.
            perform(machine.deferInteractions(moment))
        }
        await flush()
        perform(machine.abandonCommands())
    }
}

extension Shard {
    func begun(_ name: LinkOrder.Deed.Name) {
        log.debug("a command is carried out", [.command: .string(name.rawValue)])
    }

    func ended(_ name: LinkOrder.Deed.Name, _ outcome: LinkResult.Outcome) {
        metrics.commands.ended(name, outcome)
        metrics.commands.ledger(machine.folded.commands, of: "\(self.name)")
        guard case .failed(let failure) = outcome else { return }
        log.warning(
            "a command was not carried out",
            [
                .command: .string(name.rawValue), .code: .string(failure.code.rawValue),
                .reason: .string(failure.message),
            ]
        )
    }
}
