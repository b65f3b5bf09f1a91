import Base
package import EventModels

/// Who sees what of one guild, of those who follow it. Equal sights have one number.
struct GuildSights {
    /// What is known of a member. Nil facts: no member.
    struct Known { var facts: MemberFacts? }

    /// The gateway was asked: its answer, once it is there, and what the log said since.
    struct Question {
        var answer: MemberAnswer?
        var changes: [(id: EventID, change: MemberChange)] = []
    }

    struct Entry {
        /// Nil: nothing yet.
        var known: Known?
        /// Also of who is known already, where the log may not have told all.
        var question: Question?
        /// 0: nothing is seen.
        var number = 0
        /// As of when the gateway told the facts; what went before, such as roles that were deleted, is not in them.
        var knownSince = EventID(epoch: 0, number: 0)

        init(known: Known? = nil) { self.known = known }
    }

    /// A sight that became another one, and whether who had it has to start over.
    struct Change {
        let subject: Subject
        let resets: Bool
    }

    private(set) var entries: [Subject: Entry] = [:]
    /// Whose answer the log has not come to.
    private(set) var waiting: Set<Subject> = []
    private var numbers: [Sight: Int] = [:]
    private var contents: [Int: Sight] = [:]
    private var lastNumber = 0
    /// When the next time-out of anyone ends, in Unix milliseconds.
    private(set) var nextExpiry = Int64.max

    func sight(_ number: Int) -> Sight { contents[number] ?? .nothing }

    /// Nobody has to be asked what everyone is.
    mutating func addEveryone() { entries[.everyone] = Entry(known: Known(facts: nil)) }

    /// What the log says from here on counts. Asked again, what it said since the first time still does.
    mutating func ask(_ subject: Subject) {
        if entries[subject]?.question?.answer == nil, entries[subject]?.question != nil { return }
        entries[subject, default: Entry()].question = Question()
    }

    mutating func remove(_ subject: Subject) {
        entries[subject] = nil
        waiting.remove(subject)
    }

    /// What the log says of one member.
    mutating func take(_ change: MemberChange, of user: Snowflake, at id: EventID) {
        let subject = Subject.user(user)
        if let known = entries[subject]?.known {
            entries[subject]?.known = Known(facts: change.applied(to: known.facts))
        }
        entries[subject]?.question?.changes.append((id, change))
    }

    /// The gateway's answer.
    mutating func learn(_ answer: MemberAnswer, of user: Snowflake) {
        guard entries[.user(user)]?.question != nil else { return }
        entries[.user(user)]?.question?.answer = answer
        waiting.insert(.user(user))
    }

    /// Subjects whose answer the log has come to; `surprised` of whom the log had told otherwise. What an answer has in it
    /// already is not applied again.
    mutating func settle(at position: EventID) -> (all: [Subject], surprised: [Subject]) {
        var (all, surprised): ([Subject], [Subject]) = ([], [])
        for subject in waiting.sorted() {
            guard let question = entries[subject]?.question, let answer = question.answer,
                answer.at <= position
            else { continue }
            let facts = question.changes.filter { $0.id > answer.at }.reduce(answer.facts) {
                $1.change.applied(to: $0)
            }
            if let known = entries[subject]?.known, known.facts != facts { surprised.append(subject) }
            entries[subject]?.known = Known(facts: facts)
            entries[subject]?.question = nil
            entries[subject]?.knownSince = answer.at
            all.append(subject)
        }
        waiting.subtract(all)
        return (all, surprised)
    }

    /// Computes anew what these see. `old` is the guild as it was when they were computed last; `touched`, where it is
    /// given, are the only channels of which anything may have changed.
    mutating func update(
        _ subjects: [Subject],
        from old: GuildState?,
        to state: GuildState?,
        touched: [Snowflake]? = nil,
        at now: Int64,
        comparesViews: Bool = false
    ) -> [Change] {
        let subjects = subjects.filter { entries[$0]?.known != nil }
        guard !subjects.isEmpty else { return [] }
        let audience = state.map { SightAudience(of: $0) }
        var made: [Viewer: Int] = [:]
        var verdicts: [Pair: Bool] = [:]
        var changes: [Change] = []
        for subject in subjects {
            guard let entry = entries[subject], let facts = entry.known.map(\.facts) else { continue }
            if let until = facts?.timedOutUntil, until > now { nextExpiry = min(nextExpiry, until) }
            var number = 0
            if let state, let viewer = audience?.viewer(subject, facts, at: now) {
                if let known = made[viewer] {
                    number = known
                } else {
                    let sight = sight(of: viewer, in: state, touched, from: entry.number, at: now)
                    number = self.number(of: sight)
                    made[viewer] = number
                }
            }
            let pair = Pair(before: entry.number, after: number)
            guard pair.before != pair.after || comparesViews else { continue }
            entries[subject]?.number = number
            let resets = verdicts[pair] ?? isReset(pair, old, state, comparesViews)
            verdicts[pair] = resets
            guard pair.before != pair.after || resets else { continue }
            changes.append(Change(subject: subject, resets: resets))
        }
        return changes
    }

    private struct Pair: Hashable { let before: Int, after: Int }

    private func sight(
        of viewer: Viewer,
        in state: GuildState,
        _ touched: [Snowflake]?,
        from number: Int,
        at now: Int64
    ) -> Sight {
        guard let touched, number != 0 else { return Sight(of: state, for: viewer, at: now) }
        var sight = sight(number)
        for channel in touched { sight.set(channel, state.sightBits(of: viewer, in: channel, at: now)) }
        return sight
    }

    private func isReset(_ pair: Pair, _ old: GuildState?, _ new: GuildState?, _ comparesViews: Bool) -> Bool
    {
        guard let old, let new, pair.before != 0, pair.after != 0 else { return pair.before != pair.after }
        let (before, after) = (sight(pair.before), sight(pair.after))
        if new.isChange(from: old, before, to: after) { return true }
        return comparesViews && old.encodedView(before) != new.encodedView(after)
    }

    private mutating func number(of sight: Sight) -> Int {
        if let number = numbers[sight] { return number }
        lastNumber += 1
        numbers[sight] = lastNumber
        contents[lastNumber] = sight
        return lastNumber
    }

    /// Forgets sights that nobody has, and finds the next end of a time-out behind `now`.
    mutating func tidy(at now: Int64) {
        var used: Set<Int> = []
        nextExpiry = .max
        for entry in entries.values {
            used.insert(entry.number)
            guard let until = entry.known?.facts?.timedOutUntil, until > now else { continue }
            nextExpiry = min(nextExpiry, until)
        }
        contents = contents.filter { used.contains($0.key) }
        numbers = numbers.filter { used.contains($0.value) }
    }
}

/// Makes members equal who have the same permissions everywhere in a guild: roles that change no sight are left out, and
/// who they are where nothing asks for it.
private struct SightAudience {
    private let guild: Snowflake
    private let owner: Snowflake?
    private var roles: Set<Snowflake> = []
    private var users: Set<Snowflake> = []

    private static let relevant: Permissions = [
        .administrator, .viewChannel, .readMessageHistory, .connect, .manageThreads, .manageChannels,
        .banMembers, .manageGuild, .viewAuditLog,
    ]

    init(of state: GuildState) {
        guild = state.id
        owner = state.ownerID
        for (id, role) in state.roles where !role.permissions.isDisjoint(with: Self.relevant) {
            roles.insert(id)
        }
        for overwrite in state.overwrites.values.joined() {
            if overwrite.isMember { users.insert(overwrite.id) } else { roles.insert(overwrite.id) }
        }
        for members in state.threadMembers.values { users.formUnion(members) }
        if let owner { users.insert(owner) }
    }

    /// Nil for who is no member.
    func viewer(_ subject: Subject, _ facts: MemberFacts?, at now: Int64) -> Viewer? {
        switch subject {
        case .everyone: return .everyone
        case .user(let user):
            guard let facts else { return nil }
            let isTimedOut = facts.timedOutUntil.map { now < $0 } ?? false
            return Viewer(
                id: users.contains(user) ? user : nil,
                roles: facts.roles.intersection(roles),
                timedOutUntil: isTimedOut ? .max : nil
            )
        }
    }
}

extension GuildState {
    /// What a viewer with the sight is shown of the guild.
    package func encodedView(_ sight: Sight) -> [UInt8] {
        encodeView(
            visibleChannels: sight.channels(with: .view, of: []),
            messageChannels: sight.channels(with: .history, of: [])
        )
    }
}
