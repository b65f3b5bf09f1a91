/// How many groups each user may have had made lately on one loop: each is a ring, and an empty one stays for a while. Without
/// it one user with ever new filters would take the room that all have together (`StreamRoom.groupsMax`). Pure: time comes as ticks.
package struct OpeningAllowance: Sendable {
    /// Of one user between two turns of the minute. A dashboard and a dozen overlays, each with a filter of its own, coming
    /// back three times.
    package static let groupsMax = 60
    /// Of the viewers' loop: a minute.
    package static let ticksPerTurn = 20
    /// Users counted; past it all of them have as many as in a new turn.
    package static let subjectsMax = 4_096

    private var made: [Subject: Int] = [:]
    private var ticks = 0

    package init() {}

    /// One more for this user, where they may. Everyone is nobody to hold it against: an open replica is for its own machine.
    package mutating func take(_ subject: Subject) -> Bool {
        guard subject != .everyone else { return true }
        let count = made[subject, default: 0]
        guard count < Self.groupsMax else { return false }
        if made.count >= Self.subjectsMax { made = [:] }
        made[subject] = count + 1
        return true
    }

    package mutating func tick() {
        ticks += 1
        if ticks.isMultiple(of: Self.ticksPerTurn), !made.isEmpty { made = [:] }
    }
}
