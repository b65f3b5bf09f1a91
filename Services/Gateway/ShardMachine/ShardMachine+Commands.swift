package import Base
package import EventModels
package import LinkProtocol

/// Why a command is refused.
package enum CommandRefusal: String, Error, Equatable {
    case unknownCommand = "unknown command"
    case unknownShard = "the shard is not run here"
    case superseded = "another gateway has taken the shard over"
    case unknownGuild = "the guild is not known"
    case incomplete = "not all members of the guild are known yet"
}

extension LinkCommand {
    /// The answer of a gateway with these shards.
    package func answer(from shard: (ShardName) -> ShardMachine?) -> LinkResult {
        do throws(CommandRefusal) {
            switch request {
            case .unknown: throw .unknownCommand
            case .fetchMember(let user, let guild, let name):
                guard let machine = shard(name) else { throw .unknownShard }
                return LinkResult(id: id, .member(try machine.member(user, of: guild)))
            }
        } catch {
            return LinkResult(id: id, .refused(error.rawValue))
        }
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
}
