package import Base
internal import JSON

/// What people asked of the application, and what it answered. Discord: a first answer within 3 s, the token for 15 minutes.
///
/// Holds the last 1,000 interactions and 400 ephemeral messages.
package struct InteractionDesk: Sendable {
    package enum Kind: Int, Sendable { case command = 2, component, autocomplete, modal }

    package struct Interaction: Sendable {
        package let id: Snowflake
        package let token: String
        package let kind: Kind
        /// The command's name, or the `custom_id`.
        package let name: String
        package let guild: Snowflake?
        package let channel: Snowflake
        package let user: Snowflake
        package let at: Instant
        /// The message whose component was used.
        package let source: Snowflake?
        package var answeredAt: Duration?
        /// The callback's type.
        package var callback: Int?
        package var original: Snowflake?
        /// The answers, the first first.
        package var messages: [Snowflake] = []
        /// `data` of the callback: choices, or the modal.
        package var data: [UInt8]?

        package func isLate(_ now: Duration) -> Bool { answeredAt == nil && at.monotonic + .seconds(3) < now }
        package func isOver(_ now: Duration) -> Bool { at.monotonic + .seconds(900) < now }
    }

    package private(set) var all: [Interaction] = []
    package var ephemeral = MessageLog()
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    mutating func newToken() -> String { (0..<6).map { _ in String(random.next(), radix: 36) }.joined() }

    mutating func add(_ interaction: Interaction) {
        if all.count >= 1000 { all.removeFirst(100) }
        all.append(interaction)
    }

    func find(_ token: String?) -> Interaction? { all.last { $0.token == token } }

    /// The interaction that was answered last with the modal of this `custom_id`, for somebody.
    func opener(of modal: String, for user: Snowflake, before id: Snowflake) -> Interaction? {
        all.last { interaction in
            interaction.callback == 9 && interaction.user == user && interaction.id < id
                && interaction.data.flatMap { try? JSONDocument(parsing: $0).root["custom_id"]?.string }
                    == modal
        }
    }

    mutating func update(_ interaction: Interaction) {
        guard let index = all.lastIndex(where: { $0.id == interaction.id }) else { return }
        all[index] = interaction
    }
}

/// A message that `/webhooks/{id}/{token}/messages/{message}` names.
struct InteractionTarget {
    /// Nil: a webhook's.
    let interaction: InteractionDesk.Interaction?
    let place: Place
    let entry: MessageLog.Entry

    var isEphemeral: Bool { (entry.fields.int("flags") ?? 0) & 64 != 0 }
}
