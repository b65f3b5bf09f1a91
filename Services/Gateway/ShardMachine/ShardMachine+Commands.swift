package import Base
internal import DiscordProtocol
package import EventModels
internal import JSON
package import LinkProtocol

/// Why a member is not known.
package enum CommandRefusal: String, Error, Equatable {
    case unknownCommand = "unknown command"
    case unknownShard = "the shard is not run here"
    case superseded = "another gateway has taken the shard over"
    case unknownGuild = "the guild is not known"
    case incomplete = "not all members of the guild are known yet"

    package var failure: LinkFailure {
        let code: LinkFailure.Code =
            switch self {
            case .unknownCommand: .unknownCommand
            case .unknownShard: .unknownShard
            case .superseded: .superseded
            case .unknownGuild: .unknownGuild
            case .incomplete: .incomplete
            }
        return LinkFailure(code, rawValue)
    }
}

extension ShardMachine {
    /// What is folded has left: the answer is neither ahead of the last event nor behind it.
    package func member(_ user: Snowflake, of guild: Snowflake) throws(CommandRefusal) -> MemberAnswer {
        // The log goes on with what this shard never hears of, also after a restart until it writes there again.
        guard !isSuperseded, let last = folded.state.last, last.epoch == folded.epoch else {
            throw .superseded
        }
        return try folded.state.member(user, of: guild)
    }

    /// A page of the members, by id.
    private func members(of guild: Snowflake, after: Snowflake, limit: Int) throws(CommandRefusal) -> [UInt8]
    {
        guard !isSuperseded, let last = folded.state.last, last.epoch == folded.epoch else {
            throw .superseded
        }
        let page = try folded.state.members(of: guild, after: after, limit: limit, cdn: settings.fold.cdn)
        return Self.value { page.write(into: &$0) }
    }

    /// The guild as replicas hold it, as of the last event.
    package func guild(_ guild: Snowflake) throws(CommandRefusal) -> [UInt8] {
        guard !isSuperseded, let last = folded.state.last, last.epoch == folded.epoch else {
            throw .superseded
        }
        guard let state = folded.state.guilds[guild] else { throw .unknownGuild }
        return Self.value { writer in
            writer.member("at", last.description)
            writer.member("guild", raw: state.encoded())
        }
    }

    // MARK: Asked

    package mutating func take(_ command: LinkCommand, from asker: CommandAsker, at moment: Moment)
        -> [Action]
    {
        func reply(_ outcome: LinkResult.Outcome) -> [Action] {
            [.reply(asker, LinkResult(id: asker.id, outcome))]
        }
        switch command.request {
        // What the process is asked, the links answer.
        case .unknown, .fetchGateway: return reply(.failed(CommandRefusal.unknownCommand.failure))
        case .invalid(let failure): return reply(.failed(failure))
        case .fetchMember(let user, let guild, _):
            do throws(CommandRefusal) { return reply(.member(try member(user, of: guild))) } catch {
                return reply(.failed(error.failure))
            }
        case .fetchMembers(let guild, let after, let limit, _):
            do throws(CommandRefusal) {
                return reply(.value(try members(of: guild, after: after, limit: limit)))
            } catch {
                return reply(.failed(error.failure))
            }
        case .fetchGuild(let guild, _):
            do throws(CommandRefusal) { return reply(.value(try self.guild(guild))) } catch {
                return reply(.failed(error.failure))
            }
        case .order(let order):
            do throws(LinkFailure) { return try take(order, asker, moment) } catch {
                return reply(.failed(error))
            }
        }
    }

    /// The same key again: what is under way is joined, what has ended is said again.
    private mutating func take(_ order: LinkOrder, _ asker: CommandAsker, _ moment: Moment)
        throws(LinkFailure)
        -> [Action]
    {
        let fingerprint = CommandLedger.fingerprint(order.arguments)
        let patience = moment.now + .milliseconds(order.deadline) + CommandBook.grace
        if let running = book.running[order.key] {
            guard running.fingerprint == fingerprint else { throw .otherArguments }
            book.running[order.key]?.askers[asker] = patience
            return []
        }
        var begun = moment.wall
        let ended = folded.commands.ended[order.key]
        if let ended {
            guard ended.fingerprint == fingerprint else { throw .otherArguments }
            guard let outcome = LinkResult.Outcome(stored: ended.result) else { throw .unreadable }
            guard outcome.isUnknown, isRepeatable(order, begun: ended.begun, moment) else {
                return [.reply(asker, LinkResult(id: asker.id, outcome))]
            }
            begun = ended.begun
        }
        try check(order)
        book.running[order.key] = CommandBook.Running(
            order: order,
            fingerprint: fingerprint,
            begun: begun,
            until: moment.now + .milliseconds(order.deadline),
            step: .beginning,
            isAgain: ended != nil,
            askers: [asker: patience]
        )
        let input = JournalRecord.Input.commandBegun(
            key: order.key,
            deadline: moment.wall + Int64(order.deadline),
            arguments: order.arguments
        )
        return [journal(input, moment), .note(.commandBegun(order.deed.name))]
    }

    /// What can be told before it is begun.
    private func check(_ order: LinkOrder) throws(LinkFailure) {
        guard !isSuperseded else { throw CommandRefusal.superseded.failure }
        guard !isStopping else { throw LinkFailure(.goingDown, "the gateway is going down") }
        guard book.count < CommandBook.countMax, folded.commands.openBytes < CommandBook.bytesMax,
            pendingBytes <= settings.limits.pendingBytesMax / 2
        else { throw LinkFailure(.overloaded, "too many commands are under way") }
        if let guild = order.guild, guild.rawValue != 0, folded.state.guilds[guild] == nil {
            throw CommandRefusal.unknownGuild.failure
        }
        switch order.deed {
        case .sendMessage(_, let message), .editMessage(_, _, let message):
            _ = try MessageBody.prepared(message)
        case .deleteMessage, .addReaction, .removeReaction, .removeRole: break
        case .addRole(let user, _, _): try checkMember(user, order.guild ?? Snowflake(0))
        case .registerCommands(_, let commands):
            _ = try CommandSet(commands)
            guard folded.state.application != nil else {
                throw LinkFailure(.incomplete, "Discord has not named the application yet")
            }
        case .answer(let id, let response):
            _ = try ResponseBody(response, to: interaction(id).kind)
        case .deferAnswer(let id, _): _ = try interaction(id)
        case .followUp(let id, let message), .editAnswer(let id, let message):
            _ = try interaction(id)
            _ = try MessageBody.prepared(message)
        case .emit(let event, _):
            guard let kind = EventKind(name: event), kind.isEmittable else {
                throw LinkFailure(.invalid, "event: none that may be emitted")
            }
            guard folded.epoch > 0, !folded.isEpochOpen else {
                throw LinkFailure(.incomplete, "no session has begun yet")
            }
        }
    }

    private func checkMember(_ user: Snowflake, _ guild: Snowflake) throws(LinkFailure) {
        guard let memory = folded.state.memory[guild], memory.hasAllMembers,
            !folded.state.awaited.contains(guild)
        else { return }
        guard memory.members[user]?.isMember != true else { return }
        throw LinkFailure(.notMember, "no member of the guild")
    }

    private func interaction(_ id: Snowflake) throws(LinkFailure) -> Interaction {
        guard let interaction = folded.interactions[id] else {
            throw LinkFailure(.unknownInteraction, "no interaction of the last 15 minutes")
        }
        return interaction
    }

    private func isPending(_ user: Snowflake, _ guild: Snowflake?) -> Bool {
        guard let guild, let member = folded.state.memory[guild]?.members[user] else { return false }
        return member.isMember && member.pending
    }

    // MARK: Begun

    /// Its begin is on disk: now the request may leave. What was emitted has become an event with its record.
    mutating func commandBegun(_ key: String, _ moment: Moment) -> [Action] {
        guard let running = book.running[key] else { return [] }
        guard case .emit = running.order.deed else { return proceed(key, moment) }
        guard let ended = folded.commands.ended[key], let outcome = LinkResult.Outcome(stored: ended.result)
        else {
            return finish(key, .failed(LinkFailure(.incomplete, "no session has begun yet")))
        }
        return finish(key, outcome)
    }

    private mutating func proceed(_ key: String, _ moment: Moment) -> [Action] {
        guard var running = book.running[key] else { return [] }
        guard !isStopping else {
            return end(key, .failed(LinkFailure(.goingDown, "the gateway is going down")), moment)
        }
        guard running.until > moment.now else {
            return end(key, .failed(LinkFailure(.expired, "its time was over")), moment)
        }
        var job = CommandJob(order: running.order, isAgain: running.isAgain, until: running.until)
        job.application = folded.state.application
        do throws(LinkFailure) {
            switch running.order.deed {
            case .addRole(let user, _, _):
                try checkMember(user, running.order.guild ?? Snowflake(0))
                guard !isPending(user, running.order.guild) else { return wait(key) }
            case .registerCommands:
                guard !book.isRegistering(running.order) else { return wait(key) }
            case .answer(let id, _), .deferAnswer(let id, _), .followUp(let id, _), .editAnswer(let id, _):
                let about = try interaction(id)
                guard moment.wall - about.received < InteractionTable.ageMax,
                    interactions.state(of: id) != .gone
                else { throw LinkFailure(.unknownInteraction, "Discord takes no answer to it any more") }
                job.interaction = about
                job.isResponded = ![.open, .deferring].contains(interactions.state(of: id))
            default: break
            }
        } catch {
            return end(key, .failed(error), moment)
        }
        if !job.isResponded { interactions.asked(running.order) }
        running.step = .executing
        book.running[key] = running
        return [.execute(job)]
    }

    private mutating func wait(_ key: String) -> [Action] {
        book.running[key]?.step = .waiting
        return []
    }

    /// Members have changed: some who were waited for may have passed the screening, or left. Or it is the next one's turn.
    mutating func lookAtWaiting(_ moment: Moment) -> [Action] {
        var actions: [Action] = []
        for key in book.waiting { actions += proceed(key, moment) }
        return actions
    }

    // MARK: Ended

    /// Discord has answered, or nobody knows.
    package mutating func executed(_ key: String, _ outcome: LinkResult.Outcome, at moment: Moment)
        -> [Action]
    {
        guard let running = book.running[key], running.step == .executing else { return [] }
        let ending = end(key, settled(outcome, of: running), moment)
        guard case .registerCommands = running.order.deed else { return ending }
        return ending + lookAtWaiting(moment)
    }

    private mutating func end(_ key: String, _ outcome: LinkResult.Outcome, _ moment: Moment) -> [Action] {
        let outcome = book.running[key]?.isAgain == true ? outcome.ofAnotherTry : outcome
        book.running[key]?.step = .ending(outcome)
        return [journal(.commandEnded(key: key, result: outcome.kept), moment)]
    }

    mutating func commandEnded(_ key: String) -> [Action] {
        guard case .ending(let outcome)? = book.running[key]?.step else { return [] }
        return finish(key, outcome)
    }

    private mutating func finish(_ key: String, _ outcome: LinkResult.Outcome) -> [Action] {
        guard let running = book.running.removeValue(forKey: key) else { return [] }
        let note = Action.note(.commandEnded(running.order.deed.name, outcome))
        return [note] + Self.replies(Array(running.askers.keys), outcome)
    }

    private static func replies(_ askers: [CommandAsker], _ outcome: LinkResult.Outcome) -> [Action] {
        askers.sorted { ($0.link, $0.id) < ($1.link, $1.id) }
            .map { .reply($0, LinkResult(id: $0.id, outcome)) }
    }

    // MARK: Time

    /// What was begun when the last process ended: again where that does no harm, otherwise nobody knows.
    mutating func resumeCommands(_ moment: Moment) -> [Action] {
        var actions: [Action] = []
        for (key, running) in book.running.sorted(by: { $0.key < $1.key }) where running.step == .found {
            let left = (folded.commands.open[key]?.deadline ?? 0) - moment.wall
            // A clock that was set back does not make it wanted for longer.
            let leftMax = Int64(LinkOrder.deadlineMax)
            book.running[key]?.until = moment.now + .milliseconds(min(left, leftMax))
            if isRepeatable(running.order, begun: running.begun, moment) {
                actions += proceed(key, moment)
            } else {
                actions += end(key, .failed(.unknown), moment)
            }
        }
        // Of another version, perhaps; it cannot be read, so it is not tried.
        for key in folded.commands.open.keys.sorted() where book.running[key] == nil {
            let outcome = LinkResult.Outcome.failed(.unknown)
            actions.append(journal(.commandEnded(key: key, result: outcome.kept), moment))
        }
        return actions
    }

    /// Askers whose time is over; and commands that wait for a screening that does not come.
    mutating func tickCommands(_ moment: Moment) -> [Action] {
        var actions: [Action] = []
        for (key, running) in book.running.sorted(by: { $0.key < $1.key }) {
            if running.step == .waiting, running.until <= moment.now {
                actions += end(key, running.lateOutcome, moment)
                continue
            }
            // Others may be ready to wait for it for longer.
            let over = running.askers.filter { $0.value <= moment.now }.keys
            for asker in over { book.running[key]?.askers[asker] = nil }
            actions += Self.replies(Array(over), running.lateOutcome)
        }
        return actions
    }

    package mutating func linkLeft(_ link: LinkID) { book.left(link) }

    /// What has not left will not; what has is waited for by the shell, and then given up.
    mutating func stopCommands(_ moment: Moment) -> [Action] {
        var actions: [Action] = []
        for (key, running) in book.running.sorted(by: { $0.key < $1.key }) where running.step == .waiting {
            actions += end(key, .failed(LinkFailure(.goingDown, "the gateway is going down")), moment)
        }
        return actions
    }

    /// The process ends now: who still waits hears that nobody knows. The next process finds the begin.
    package mutating func abandonCommands() -> [Action] {
        var actions: [Action] = []
        for (key, running) in book.running.sorted(by: { $0.key < $1.key }) {
            actions += Self.replies(Array(running.askers.keys), running.lateOutcome)
            book.running[key]?.askers = [:]
        }
        return actions
    }
}

extension CommandBook.Running {
    /// Of one that has waited, and not left.
    fileprivate var lateFailure: LinkFailure {
        guard case .registerCommands = order.deed else {
            return LinkFailure(.pendingMember, "the member has not passed the screening")
        }
        // An earlier try of its own may have been carried out.
        return isAgain
            ? .unknown : LinkFailure(.expired, "another list of commands was in front all the time")
    }

    /// What who cannot wait any longer is told.
    fileprivate var lateOutcome: LinkResult.Outcome {
        switch step {
        case .ending(let outcome): outcome
        case .beginning: .failed(LinkFailure(.expired, "its time was over before it was sent"))
        case .waiting: .failed(lateFailure)
        case .found, .executing: .failed(.unknown)
        }
    }
}

extension LinkFailure {
    static let unknown = LinkFailure(
        .unknownOutcome,
        "it was sent, and whether it was carried out is not known"
    )
    fileprivate static let otherArguments = LinkFailure(.conflict, "the key was used with other arguments")
    fileprivate static let unreadable = LinkFailure(.unknownOutcome, "the stored result cannot be read")
}
