import EventModels

/// What a stream wants that is about to open. Equal ones are asked for once.
package struct OpeningKey: Sendable, Hashable {
    package let filter: StreamFilter
    package let subject: Subject
    /// Nil for a fresh stream.
    package let cursor: StreamCursor?
    package let format: StreamFormat
    /// What was missed is wanted for this viewer alone: the group's ring does not have it.
    package let byReplay: Bool

    package init(
        filter: StreamFilter,
        subject: Subject,
        cursor: StreamCursor?,
        format: StreamFormat,
        byReplay: Bool = false
    ) {
        self.filter = filter
        self.subject = subject
        self.cursor = cursor
        self.format = format
        self.byReplay = byReplay
    }

    package var follower: Follower { Follower(subject: subject, guilds: filter.guilds) }
    package var withReplay: OpeningKey {
        OpeningKey(filter: filter, subject: subject, cursor: cursor, format: format, byReplay: true)
    }
}

/// How a stream opens.
package struct Opening: Sendable {
    /// How it goes on behind its cursor.
    package enum Past: Sendable {
        /// There is none, or it is ahead of this replica.
        case none
        /// Whatever the group's ring holds behind it.
        case ring
        case replay(StreamReplay)
        /// The viewer starts over.
        case reset
    }

    package let sight: SightID
    package let sights: Sights
    package let seed: GroupSeed
    package let past: Past
    /// Counts openings, for `SightBook.forget`.
    package let number: Int

    package init(sight: SightID, sights: Sights, seed: GroupSeed, past: Past, number: Int) {
        self.sight = sight
        self.sights = sights
        self.seed = seed
        self.past = past
        self.number = number
    }
}
