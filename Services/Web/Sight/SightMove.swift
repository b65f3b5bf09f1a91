package import Base

/// Names what is seen of some guilds: equal sights of the same guilds have one, as long as anyone has that sight.
package struct SightID: Sendable, Hashable, Comparable {
    package let number: Int
    package init(number: Int) { self.number = number }
    package static func < (left: SightID, right: SightID) -> Bool { left.number < right.number }
}

/// What is seen of each guild; of those that are not in it, nothing.
package typealias Sights = [Snowflake: Sight]

/// Behind an event, viewers see something else.
package struct SightMove: Sendable {
    package let from: SightID
    package let to: SightID
    /// What they see from now on.
    package let sights: Sights
    /// They have to start over: what they saw before was not just added to or taken from by an event.
    package let resets: Bool
    /// Who moves; nil: all who are still there when those of the other moves have gone.
    package let subjects: Set<Subject>?

    package init(from: SightID, to: SightID, sights: Sights, resets: Bool, subjects: Set<Subject>?) {
        self.from = from
        self.to = to
        self.sights = sights
        self.resets = resets
        self.subjects = subjects
    }
}

/// A subject and the guilds that a stream of theirs asks for: the unit that has one sight.
package struct Follower: Sendable, Hashable {
    package let subject: Subject
    /// Empty: all.
    package let guilds: Set<Snowflake>

    package init(subject: Subject, guilds: Set<Snowflake>) {
        self.subject = subject
        self.guilds = guilds
    }

    package func wants(_ guild: Snowflake) -> Bool { guilds.isEmpty || guilds.contains(guild) }
}
