package import Base
internal import EventModels
package import LinkProtocol

/// Who waits for a command: the link, and the number that it gave there.
package struct CommandAsker: Hashable, Sendable {
    package let link: LinkID
    package let id: UInt64

    package init(link: LinkID, id: UInt64) {
        self.link = link
        self.id = id
    }
}

/// A command on its way to Discord; that it was begun is on disk.
package struct CommandJob: Sendable, Equatable {
    package let order: LinkOrder
    /// An earlier try may have been carried out.
    package let isAgain: Bool
    /// Nothing of it leaves after this; monotonic.
    package let until: Duration
    /// The one that it is about, where it is about one.
    package var interaction: Interaction?
    /// The interaction has a first response already, so that this cannot be it.
    package var isResponded = false
    package var application: Snowflake?

    package init(order: LinkOrder, isAgain: Bool, until: Duration) {
        self.order = order
        self.isAgain = isAgain
        self.until = until
    }

    package var key: String { order.key }
    package var nonce: String { CommandLedger.nonce(of: order.key) }
}

/// How long a message's nonce protects it: Discord says "the past few minutes".
package enum NonceWindow {
    package static let milliseconds: Int64 = 120_000
}

extension LinkOrder {
    /// Whether it may be tried again when nobody knows whether the first try was carried out. `interaction`: what is answered,
    /// where that is known. A message that answers a component is a second one if it comes behind another first response; the
    /// others change the one that there is.
    package func isRepeatable(begun: Int64, wall: Int64, answers interaction: Interaction?) -> Bool {
        switch deed {
        case .sendMessage: return 0..<NonceWindow.milliseconds ~= wall - begun
        case .answer(_, let response):
            guard let interaction else { return false }
            do throws(LinkFailure) {
                return try !ResponseBody(response, to: interaction.kind).isMessage(to: interaction.kind)
            } catch { return true }
        default: return deed.isIdempotent
        }
    }
}

extension LinkResult.Outcome {
    /// For the ledger; nil: nothing was done, and the key is free again.
    package var kept: [UInt8]? {
        if case .failed(let failure) = self, failure.code.isRetryable { return nil }
        return stored
    }

    /// Of `emit`: the event's id.
    static func emitted(_ id: EventID) -> Self {
        .value(Array(#"{"eventId":"\#(id)"}"#.utf8))
    }

    package var isUnknown: Bool {
        if case .failed(let failure) = self { return failure.code == .unknownOutcome }
        return false
    }
}
