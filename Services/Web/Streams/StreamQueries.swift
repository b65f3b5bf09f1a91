import Base
package import HTTPWire

/// What was asked before, by its text: a page's viewers all ask the same, which is read once and gives all of them the
/// same filter. Any thread.
package final class StreamQueries: Sendable {
    /// Texts kept; past it all are forgotten, and read again when they come.
    package static let countMax = 256
    /// Of one text; what is longer is read each time.
    package static let bytesMax = 1_024

    private let known = Locked<[String: StreamQuery]>([:])

    package init() {}

    package var count: Int { known.withLock { $0.count } }

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
}
