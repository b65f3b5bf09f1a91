internal import Base
internal import LinkProtocol

/// A shard's commands that are under way in this process, and who waits for them.
package struct CommandBook: Sendable {
    enum Step: Sendable, Equatable {
        /// Its begin is on its way to the disk.
        case beginning
        /// Its begin was on disk when the process began; the shard has not started yet.
        case found
        /// The member has not passed the guild's screening; or commands of the same scope are being registered.
        case waiting
        /// Its request is Discord's.
        case executing
        /// Its result is on its way to the disk.
        case ending(LinkResult.Outcome)
    }

    struct Running: Sendable {
        let order: LinkOrder
        let fingerprint: [UInt8]
        /// Unix milliseconds: the first begin.
        let begun: Int64
        /// Monotonic: what has not left for Discord by then does not. Of what was found it is set at the start.
        var until: Duration
        var step: Step
        /// An earlier try may have been carried out.
        var isAgain: Bool
        /// Until when each waits, monotonic.
        var askers: [CommandAsker: Duration]
    }

    /// Of one shard.
    package static let countMax = 2_000
    package static let bytesMax = 16 << 20
    /// What an asker's patience adds to its deadline: the answer of a request that ends at the deadline has to come here.
    static let grace = Duration.seconds(1)

    var running: [String: Running] = [:]

    package init() {}

    package var count: Int { running.count }
    var waiting: [String] { running.filter { $0.value.step == .waiting }.keys.sorted() }
    /// Requests that are Discord's now.
    package var executing: Int { running.values.count { $0.step == .executing } }

    /// Whether commands of the same scope (the guild's, or the global ones) are being registered: two that look at once at
    /// what Discord has would both overwrite it.
    func isRegistering(_ order: LinkOrder) -> Bool {
        running.values.contains {
            $0.step == .executing && $0.order.scope != nil && $0.order.scope == order.scope
        }
    }

    /// When the next asker, or the next command that waits, has waited long enough.
    var deadline: Duration? {
        let waits = running.values.filter { $0.step == .waiting }.map(\.until)
        return (running.values.flatMap(\.askers.values) + waits).min()
    }

    /// Whether a dispatch of this name may end somebody's wait for a screening.
    func mayConcern(_ kind: DispatchKind) -> Bool {
        guard kind == .memberUpdate || kind == .memberRemove || kind == .membersChunk else { return false }
        return !waiting.isEmpty
    }

    mutating func left(_ link: LinkID) {
        for (key, command) in running where command.askers.keys.contains(where: { $0.link == link }) {
            running[key]?.askers = command.askers.filter { $0.key.link != link }
        }
    }
}

extension LinkOrder {
    /// Whose commands it registers: 0 for the global ones.
    fileprivate var scope: Snowflake? {
        guard case .registerCommands(let isGlobal, _) = deed else { return nil }
        return isGlobal ? Snowflake(0) : guild
    }
}
