internal import JSON

/// Why a command has no other answer. Closed on the wire: specs/commands.md lists what each means.
package struct LinkFailure: Error, Sendable, Equatable {
    package enum Code: String, Sendable, CaseIterable {
        // Nothing was done, and asking the same again is of no use.
        case unknownCommand = "unknown_command"
        case invalid
        case conflict
        case notMember = "not_member"
        case unknownInteraction = "unknown_interaction"
        case tooLate = "too_late"
        // Discord said no.
        case refused
        // Nothing was done; the same key may be asked again.
        case unknownShard = "unknown_shard"
        case unknownGuild = "unknown_guild"
        case incomplete
        case superseded
        case expired
        case pendingMember = "pending_member"
        case overloaded
        case rateLimited = "rate_limited"
        case quarantined
        case budgetSpent = "budget_spent"
        case unauthorized
        case goingDown = "going_down"
        // It may have been done.
        case unknownOutcome = "unknown_outcome"

        /// Nothing was done, and asking again, with the same key, may help.
        package var isRetryable: Bool {
            switch self {
            case .unknownCommand, .invalid, .conflict, .notMember, .unknownInteraction, .tooLate, .refused:
                false
            case .unknownOutcome: false
            case .unknownShard, .unknownGuild, .incomplete, .superseded, .expired, .pendingMember: true
            case .overloaded, .rateLimited, .quarantined, .budgetSpent, .unauthorized, .goingDown: true
            }
        }

        /// Nothing was done, and asking the same again is of no use.
        package var isFinal: Bool { !isRetryable && self != .unknownOutcome }
    }

    package var code: Code
    /// For people.
    package var message: String
    /// Of Discord's answer, where there was one.
    package var status: Int?
    /// Discord's own code in it.
    package var discordCode: Int?

    package init(_ code: Code, _ message: String, status: Int? = nil, discordCode: Int? = nil) {
        self.code = code
        self.message = message
        self.status = status
        self.discordCode = discordCode
    }

    static let messageCharactersMax = 256

    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("code", code.rawValue)
        writer.member("message", message)
        if let status { writer.member("status", status) }
        if let discordCode { writer.member("discordCode", discordCode) }
        if code.isRetryable { writer.member("retryable", true) }
        writer.endObject()
    }

    /// A code of another version says nothing of what was done: the careful reading is that nobody knows.
    init?(_ value: JSONValue) {
        guard let code = value["code"]?.string else { return nil }
        self.init(
            Code(rawValue: code) ?? .unknownOutcome,
            String((value["message"]?.string ?? "").prefix(Self.messageCharactersMax)),
            status: value["status"]?.int,
            discordCode: value["discordCode"]?.int
        )
    }
}
