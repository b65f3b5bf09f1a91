internal import JSON

/// What the fold remembers of what is written: who wrote what, and how much typing it has told.
package struct TalkMemory: Sendable, Equatable {
    package var authors = MessageAuthors()
    var typing = TypingWindow()

    package init() {}

    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("typingSecond", typing.second)
        writer.member("typingCount", typing.count)
        authors.write(into: &writer)
        writer.endObject()
    }

    /// What `write` has written.
    init(checkpoint value: JSONView) {
        typing.second = value["typingSecond"]?.int ?? 0
        typing.count = value["typingCount"]?.int ?? 0
        authors = MessageAuthors(checkpoint: value)
    }
}

/// Typing has no value behind its moment, and each event of it costs as much as a message: of a shard's only so many are
/// told, of each second that Discord names. So what is told follows from the dispatches alone.
struct TypingWindow: Sendable, Equatable {
    static let perSecondMax = 32
    /// Discord's second, Unix time.
    var second = 0
    var count = 0

    /// An older second counts into the newest; one that is older by a minute, and so of another clock, begins anew.
    mutating func admits(second new: Int) -> Bool {
        let isBefore = new < second && second.subtractingReportingOverflow(new).partialValue < 60
        if new != second, !isBefore {
            second = new
            count = 0
        }
        guard count < Self.perSecondMax else { return false }
        count += 1
        return true
    }
}
