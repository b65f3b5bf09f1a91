package import Base
import EventLoop
package import EventModels
import Telemetry

/// A guild as the log has told it.
package struct GuildPlace: Sendable {
    package let shard: ShardName
    /// The last event that is in the state.
    package let position: EventID
    /// The shard's time there, in Unix milliseconds.
    package let time: Int64
    package let state: GuildState
}

/// What the API asks of the hub.
extension Hub {
    /// How long a caller waits for the log to come to what the gateway said of them.
    private static let settledWithin = Duration.seconds(5)

    /// Nil for a guild that is not held, or not yet current.
    package func place(of guild: Snowflake) -> GuildPlace? { machine.place(of: guild) }

    /// Whether a guild that is held is this user's.
    package func owns(_ user: Snowflake) -> Bool {
        machine.views.values.contains { view in view.readyGuilds.contains { view.states[$0]?.ownerID == user }
        }
    }

    /// The shard that would have a guild, where it is followed.
    package func shardThatWouldHave(_ guild: Snowflake) -> ShardName? {
        machine.views.keys.filter { guild.shard(of: $0.count) == $0.index }.max()
    }

    /// What a member is, and the guild, as of one and the same place of the log: not before the gateway's answer, and with all that
    /// the log has said of them since. `asked` is where the log was when the gateway was asked, whose answer is never behind that.
    /// Nil where the log does not come to the answer within 5 s, no longer tells what was since, or has lost the guild.
    package func settle(_ answer: MemberAnswer, of user: Snowflake, at place: GuildPlace) async
        -> (facts: MemberFacts?, place: GuildPlace)?
    {
        let since = max(answer.at, place.position)
        guard await hasCome(to: since, place.shard) else {
            metrics.lateAnswers.increment()
            return nil
        }
        return machine.settle(answer.facts, of: user, in: place.state.id, since: since)
    }

    private func hasCome(to id: EventID, _ shard: ShardName) async -> Bool {
        guard let position = position(of: shard) else { return false }
        guard position < id else { return true }
        return await withCheckedContinuation { turn in
            guard let number = waiters.add(shard, id, turn) else { return turn.resume(returning: false) }
            loop.schedule(after: Self.settledWithin) { [weak self] in
                self?.assumeIsolated { $0.waiters.giveUp(number) }
            }
        }
    }

    /// What a viewer missed, one page of it; `facts` are theirs as of `place`.
    package func missed(
        _ wanted: MissedEvents,
        by subject: Subject,
        _ facts: MemberFacts?,
        at place: GuildPlace
    )
        -> MissedEvents.Answer
    {
        let guild = place.state.id
        guard case .user(let user) = subject else {
            return machine.missed(wanted, in: guild, by: subject, nil)
        }
        guard let settled = machine.settle(facts, of: user, in: guild, since: place.position) else {
            return .gone
        }
        return machine.missed(wanted, in: guild, by: subject, settled.facts)
    }
}
