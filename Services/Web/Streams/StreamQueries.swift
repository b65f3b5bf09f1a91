import Base
package import HTTPWire

/// What was asked before, by its text: a page's viewers all ask the same, which is read once and gives all of them the
/// same filter. Any thread.
///
/// A key is never in it: of what a key asks the rest of the text is kept, and which key it was by its id.
package final class StreamQueries: Sendable {
    /// Texts kept; past it all are forgotten, and read again when they come.
    package static let countMax = 256
    /// The same of what keys asked: each of them has its own.
    package static let ofKeysMax = 4_096
    /// Of one text; what is longer is read each time.
    package static let bytesMax = 1_024

    private struct KeyText: Hashable {
        let key: String
        let text: String
    }

    private let known = Locked<[String: StreamQuery]>([:])
    private let ofKeys = Locked<[KeyText: StreamQuery]>([:])

    package init() {}

    package var count: Int { known.withLock { $0.count } + ofKeys.withLock { $0.count } }

    package func query(_ head: HTTPRequestHead) throws(StreamQuery.Malformed) -> StreamQuery {
        let text = head.query ?? ""
        let mayBeKnown = text.utf8.count <= Self.bytesMax
        if mayBeKnown, let asked = known.withLock({ $0[text] }) { return asked.resuming(head) }
        let asked = try StreamQuery(asking: head)
        // Everybody's cursor is another one.
        if asked.lastEventID == nil, mayBeKnown {
            known.withLock { known in
                if known.count >= Self.countMax { known = [:] }
                known[text] = asked
            }
        }
        return asked.resuming(head)
    }

    /// The same of a key, as far as it allows: 400 for what is malformed, 403 for what it does not allow.
    package func query(_ head: HTTPRequestHead, by key: KeyGrant) throws(Problem) -> StreamQuery {
        let place = KeyText(key: key.id, text: head.query(without: KeyToken.item))
        let mayBeKnown = place.text.utf8.count <= Self.bytesMax
        if mayBeKnown, let asked = ofKeys.withLock({ $0[place] }) { return asked.resuming(head) }
        let asked: StreamQuery
        do throws(StreamQuery.Malformed) { asked = try StreamQuery(asking: head) } catch {
            throw .invalid(error.detail)
        }
        let narrowed = try asked.narrowed(by: key)
        if narrowed.lastEventID == nil, mayBeKnown {
            ofKeys.withLock { known in
                if known.count >= Self.ofKeysMax { known = [:] }
                known[place] = narrowed
            }
        }
        return narrowed.resuming(head)
    }
}
