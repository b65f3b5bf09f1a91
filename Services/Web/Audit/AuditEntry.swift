package import Base
import JSON

/// What somebody changed, or was refused to do.
package struct AuditChange: Sendable {
    /// A fact about it, for people who read the log.
    package enum Fact: Sendable, Equatable {
        case text(String)
        case number(Int64)
        case flag(Bool)
        case ids([Snowflake])
    }

    /// The operation's name, such as `createKey`.
    package let action: String
    package let guild: Snowflake?
    /// What it was done to: a key's id, a tier's name.
    package let target: String?
    /// A JSON object. Texts are cut, and what looks like a secret of ours is left out.
    package let detail: [UInt8]

    /// Of a target or a fact's text, in Unicode scalars.
    package static let textMax = 200
    /// More facts than that are left out.
    package static let factsMax = 20

    package init(
        _ action: String,
        guild: Snowflake?,
        target: String? = nil,
        detail: [(StaticString, Fact)] = []
    ) {
        self.action = action
        self.guild = guild
        self.target = target.map(Self.cleaned)
        var json = JSONWriter()
        json.beginObject()
        for (name, fact) in detail.prefix(Self.factsMax) {
            json.key(name)
            switch fact {
            case .text(let text): json.string(Self.cleaned(text))
            case .number(let number): json.int64(number)
            case .flag(let flag): json.bool(flag)
            case .ids(let ids):
                json.beginArray()
                for id in ids.prefix(Self.textMax) { json.snowflake(id) }
                json.endArray()
            }
        }
        json.endObject()
        self.detail = json.takeBytes()
    }

    /// Keys and sessions begin so; nobody hands one over on purpose, and this log is read by others than its owner.
    private static let secretMarks = ["gwk1.", "v1.", "Bearer "]

    private static func cleaned(_ text: String) -> String {
        if secretMarks.contains(where: { text.contains($0) }) { return "(left out)" }
        return String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value != 0 }.prefix(textMax)))
    }
}

/// One row of the audit log.
package struct AuditEntry: Sendable {
    package enum Outcome: String, Sendable { case changed, refused }

    /// Unix milliseconds.
    package let at: Int64
    package var guild: Snowflake?
    package let actor: Snowflake?
    package let session: String?
    package let key: String?
    package let action: String
    package let target: String?
    package let detail: [UInt8]
    package let outcome: Outcome
    package var count = 1

    package init(
        _ change: AuditChange,
        actor: Snowflake?,
        session: String? = nil,
        key: String? = nil,
        outcome: Outcome,
        at: Int64
    ) {
        self.at = at
        guild = change.guild
        self.actor = actor
        self.session = session
        self.key = key
        action = change.action
        target = change.target
        detail = change.detail
        self.outcome = outcome
    }

    init(_ change: AuditChange, _ caller: Caller, _ outcome: Outcome, at: Int64) {
        self.init(
            change,
            actor: caller.user,
            session: caller.session?.id,
            key: caller.key?.id,
            outcome: outcome,
            at: at
        )
    }

    /// Refusals of the same fold are one row: who, what, where, in the same minute. Nil: a row of its own.
    package var fold: String? {
        guard outcome == .refused else { return nil }
        let (who, place) = (actor.map { "\($0)" } ?? "-", guild.map { "\($0)" } ?? "-")
        return "\(who) \(action) \(place) \(outcome.rawValue) \(at / 60_000)"
    }
}

/// Set once a call's change is in the audit log.
final class AuditMark: Sendable {
    private let mark = Locked(false)

    var isSet: Bool { mark.withLock { $0 } }

    func set() { mark.withLock { $0 = true } }
}
