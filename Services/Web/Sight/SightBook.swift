package import Base
package import EventModels

/// Who of those who follow a replica's streams sees what, and what an event changes in that. Pure.
///
/// A *follower* is a subject with the guilds that a stream asks for. Followers whose sights of those guilds are equal have
/// one `SightID`; where an event makes them differ, or agree, `take` says who moves to which.
package struct SightBook {
    private struct Followed {
        var sight: SightID
        /// The last opening of a stream.
        var opening: Int
    }

    private struct Vector: Hashable {
        let scope: Set<Snowflake>
        /// By guild; guilds of which nothing is seen are left out.
        let numbers: [Snowflake: Int]
    }

    /// A member whose facts somebody has to be asked for.
    package struct Wanted: Sendable, Hashable {
        package let user: Snowflake
        package let guild: Snowflake

        package init(user: Snowflake, guild: Snowflake) {
            self.user = user
            self.guild = guild
        }
    }

    private var guilds: [Snowflake: GuildSights] = [:]
    private var followers: [Follower: Followed] = [:]
    private var bySubject: [Subject: Set<Follower>] = [:]
    private var ids: [Vector: SightID] = [:]
    private var vectors: [SightID: Vector] = [:]
    private var lastID = 0
    private var openings = 0
    /// Guilds in which an answer waits for the log.
    private var unsettled: Set<Snowflake> = []
    private var surprises: [Wanted] = []

    /// Subjects that are known at a time; more are not let in.
    package static let followersMax = 20_000

    package init() {}

    /// Knows nothing; what it names and counts goes on from where the other was.
    package init(after book: SightBook) {
        lastID = book.lastID
        openings = book.openings
    }

    package var followersCount: Int { followers.count }
    package var sightsCount: Int { vectors.count }
    package var isFull: Bool { followers.count >= Self.followersMax }

    // MARK: Facts

    /// Of the guilds, those in which it is not known yet what the subject is.
    package func unknown(_ subject: Subject, of all: [Snowflake]) -> [Snowflake] {
        guard case .user = subject else { return [] }
        return all.filter { guilds[$0]?.entries[subject]?.known == nil }
    }

    /// Whether they have been asked for already.
    package func isAsked(_ wanted: Wanted) -> Bool {
        guilds[wanted.guild]?.entries[.user(wanted.user)] != nil
    }

    /// Whether somebody is known, and yet asked for: the gateway has to be asked until it answers.
    package func isInDoubt(_ wanted: Wanted) -> Bool {
        let entry = guilds[wanted.guild]?.entries[.user(wanted.user)]
        return entry?.known != nil && entry?.question != nil
    }

    /// Members who turned out to be other than the log had told, since the last call.
    package mutating func takeSurprises() -> [Wanted] {
        defer { surprises = [] }
        return surprises
    }

    /// The gateway is asked now: what the log says from here on counts.
    package mutating func asked(_ wanted: Wanted) {
        guilds[wanted.guild, default: GuildSights()].ask(.user(wanted.user))
    }

    /// Its answer; nil: there was none. Returns who moves where the log has come as far.
    package mutating func answered(
        _ wanted: Wanted,
        _ answer: MemberAnswer?,
        state: GuildState?,
        position: EventID,
        at now: Int64
    ) -> [SightMove] {
        guard let answer else {
            // Who is known already stays so, and is asked for again.
            if guilds[wanted.guild]?.entries[.user(wanted.user)]?.known == nil {
                guilds[wanted.guild]?.remove(.user(wanted.user))
            }
            return []
        }
        guilds[wanted.guild]?.learn(answer, of: wanted.user)
        unsettled.insert(wanted.guild)
        return settle(wanted.guild, state: state, position: position, at: now)
    }

    private mutating func settle(
        _ guild: Snowflake,
        state: GuildState?,
        position: EventID,
        at now: Int64
    ) -> [SightMove] {
        guard let settled = guilds[guild]?.settle(at: position), !settled.all.isEmpty else { return [] }
        for case .user(let user) in settled.surprised { surprises.append(Wanted(user: user, guild: guild)) }
        let changes = guilds[guild]?.update(settled.all, from: state, to: state, at: now) ?? []
        noteExpiry(in: guild)
        if guilds[guild]?.waiting.isEmpty != false { unsettled.remove(guild) }
        return moves(changes, in: guild)
    }

    // MARK: Followers

    /// The follower's sight from now on kept current; all that `unknown` names must be known. `states` are the guilds that
    /// it may speak of. Returns the number of this opening too, for `forget`.
    package mutating func follow(
        _ follower: Follower,
        states: [(state: GuildState, at: Int64)]
    ) -> (sight: SightID, opening: Int) {
        openings += 1
        if let sight = followers[follower]?.sight {
            followers[follower]?.opening = openings
            return (sight, openings)
        }
        for (state, now) in states where follower.wants(state.id) {
            if follower.subject == .everyone, guilds[state.id]?.entries[.everyone] == nil {
                guilds[state.id, default: GuildSights()].addEveryone()
            }
            _ = guilds[state.id]?.update([follower.subject], from: state, to: state, at: now)
        }
        let sight = id(of: vector(of: follower))
        followers[follower] = Followed(sight: sight, opening: openings)
        bySubject[follower.subject, default: []].insert(follower)
        return (sight, openings)
    }

    /// Nil for a sight that nobody has any more.
    package func sights(of id: SightID) -> Sights? {
        guard let vector = vectors[id] else { return nil }
        var sights: Sights = [:]
        for (guild, number) in vector.numbers { sights[guild] = guilds[guild]?.sight(number) }
        return sights
    }

    package func sight(of follower: Follower) -> SightID? { followers[follower]?.sight }

    /// As of when the subject's facts were told.
    package func knownSince(_ subject: Subject, in guild: Snowflake) -> EventID {
        guilds[guild]?.entries[subject]?.knownSince ?? EventID(epoch: 0, number: 0)
    }

    package func facts(of subject: Subject, in guild: Snowflake) -> MemberFacts? {
        guilds[guild]?.entries[subject]?.known?.facts
    }

    /// Forgets all followers but those in use, and those that were opened behind `seen`.
    package mutating func forget(allBut used: Set<Follower>, openedUpTo seen: Int) {
        for (follower, followed) in followers where followed.opening <= seen && !used.contains(follower) {
            followers[follower] = nil
            bySubject[follower.subject]?.remove(follower)
        }
        for subject in bySubject.keys where bySubject[subject]?.isEmpty == true { bySubject[subject] = nil }
        for guild in guilds.keys {
            for (subject, entry) in guilds[guild]?.entries ?? [:] where bySubject[subject] == nil {
                if entry.known != nil { guilds[guild]?.remove(subject) }
            }
            if guilds[guild]?.entries.isEmpty == true { guilds[guild] = nil }
        }
        forgetSights()
    }

    private mutating func forgetSights() {
        let used = Set(followers.values.map(\.sight))
        for (id, vector) in vectors where !used.contains(id) {
            vectors[id] = nil
            ids[vector] = nil
        }
    }

    // MARK: Events

    /// Takes an event that may change what is seen: who sees something else behind it, and who has to be asked for
    /// because a guild is new. `now` is the shard's time: its events' latest `ts`.
    package mutating func take(
        _ event: StreamEvent,
        _ effect: SightEffect,
        before: GuildState?,
        after: GuildState?,
        at now: Int64
    ) -> (moves: [SightMove], wanted: [Wanted]) {
        let guild = event.guild
        var wanted: [Wanted] = []
        if before == nil, after != nil { wanted = welcome(guild) }
        if before != nil, event.kind == .guildSynced { wanted = doubtful(in: guild) }
        guard guilds[guild] != nil else { return ([], wanted) }
        // Where somebody's time-out ends here too, all are looked at, and everywhere.
        let isDue = (guilds[guild]?.nextExpiry ?? .max) <= now
        var changes: [GuildSights.Change] = []
        switch effect {
        case .nothing: break
        case .member(let user, let change):
            guard guilds[guild]?.entries[.user(user)] != nil else { return ([], wanted) }
            guilds[guild]?.take(change, of: user, at: event.id)
            changes =
                isDue
                ? updateAll(guild, before, after, nil, at: now)
                : guilds[guild]?.update([.user(user)], from: before, to: after, at: now) ?? []
        case .channels(let touched):
            changes = updateAll(guild, before, after, isDue ? nil : touched, at: now)
        case .everything:
            changes = updateAll(
                guild,
                before,
                after,
                nil,
                at: now,
                comparesViews: event.kind?.replacesView ?? false
            )
        }
        if after == nil {
            for subject in guilds[guild]?.entries.keys.map({ $0 }) ?? [] where subject != .everyone {
                guilds[guild]?.remove(subject)
            }
        }
        let moves = moves(changes, in: guild)
        guilds[guild]?.tidy(at: now)
        noteExpiry(in: guild)
        return (moves, wanted)
    }

    /// Answers that waited for this place, in guilds of a shard.
    package mutating func settle(
        _ guild: Snowflake,
        _ state: GuildState?,
        at position: EventID,
        now: Int64
    ) -> [SightMove] {
        guard unsettled.contains(guild) else { return [] }
        return settle(guild, state: state, position: position, at: now)
    }

    package var guildsWaiting: Set<Snowflake> { unsettled }

    /// When the next time-out of anyone ends, in Unix milliseconds.
    package private(set) var nextExpiry = Int64.max

    private mutating func noteExpiry(in guild: Snowflake) {
        nextExpiry = min(nextExpiry, guilds[guild]?.nextExpiry ?? .max)
    }

    private mutating func findNextExpiry() {
        nextExpiry = guilds.values.reduce(.max) { min($0, $1.nextExpiry) }
    }

    /// Guilds in which a time-out has ended by `now`; looked for only where `nextExpiry` has come.
    package mutating func guildsExpiring(by now: Int64) -> [Snowflake] {
        findNextExpiry()
        return guilds.filter { $0.value.nextExpiry <= now }.keys.sorted()
    }

    /// Their time has come without an event about them.
    package mutating func expire(_ guild: Snowflake, _ state: GuildState?, at now: Int64) -> [SightMove] {
        let changes = updateAll(guild, state, state, nil, at: now)
        guilds[guild]?.tidy(at: now)
        findNextExpiry()
        return moves(changes, in: guild)
    }

    /// A new session told the guild anew: a gateway that had lost its state, or that has taken over, tells no difference, so
    /// all who are known are asked for again.
    private func doubtful(in guild: Snowflake) -> [Wanted] {
        (guilds[guild]?.entries ?? [:]).filter { $0.value.known != nil }.keys.sorted().compactMap {
            guard case .user(let user) = $0 else { return nil }
            return Wanted(user: user, guild: guild)
        }
    }

    private mutating func welcome(_ guild: Snowflake) -> [Wanted] {
        var wanted: [Wanted] = []
        for (subject, all) in bySubject where all.contains(where: { $0.wants(guild) }) {
            guard guilds[guild]?.entries[subject] == nil else { continue }
            switch subject {
            case .everyone: guilds[guild, default: GuildSights()].addEveryone()
            case .user(let user): wanted.append(Wanted(user: user, guild: guild))
            }
        }
        return wanted.sorted { $0.user < $1.user }
    }

    private mutating func updateAll(
        _ guild: Snowflake,
        _ before: GuildState?,
        _ after: GuildState?,
        _ touched: [Snowflake]?,
        at now: Int64,
        comparesViews: Bool = false
    ) -> [GuildSights.Change] {
        guard let all = guilds[guild]?.entries.keys.sorted() else { return [] }
        return guilds[guild]?.update(
            all,
            from: before,
            to: after,
            touched: touched,
            at: now,
            comparesViews: comparesViews
        ) ?? []
    }

    // MARK: Moves

    /// Where those go who see something else. Of all that leave one sight, the largest part is not named.
    private mutating func moves(_ changes: [GuildSights.Change], in guild: Snowflake) -> [SightMove] {
        guard !changes.isEmpty else { return [] }
        var parts: [SightID: [Destination: Set<Subject>]] = [:]
        for change in changes {
            for follower in inOrder(bySubject[change.subject] ?? []) where follower.wants(guild) {
                guard let from = followers[follower]?.sight else { continue }
                let to = id(of: vector(of: follower))
                followers[follower]?.sight = to
                parts[from, default: [:]][Destination(sight: to, resets: change.resets), default: []]
                    .insert(change.subject)
            }
        }
        let staying = Dictionary(grouping: followers.values, by: \.sight)
        var moves: [SightMove] = []
        for (from, destinations) in parts.sorted(by: { $0.key < $1.key }) {
            let ordered = destinations.sorted {
                ($0.key.order, $0.value.count) < ($1.key.order, $1.value.count)
            }
            let isLeft = staying[from] == nil || destinations.keys.contains { $0.sight == from }
            let largest = isLeft ? ordered.max { $0.value.count < $1.value.count }?.key : nil
            for (destination, subjects) in ordered where destination != largest {
                moves.append(move(from, destination, subjects))
            }
            if let largest { moves.append(move(from, largest, nil)) }
        }
        forgetSights()
        return moves
    }

    /// The same order in every process, whatever its hash seed.
    private func inOrder(_ followers: Set<Follower>) -> [Follower] {
        guard followers.count > 1 else { return Array(followers) }
        return followers.sorted { $0.guilds.sorted().lexicographicallyPrecedes($1.guilds.sorted()) }
    }

    private struct Destination: Hashable {
        let sight: SightID
        let resets: Bool
        var order: Int { sight.number * 2 + (resets ? 1 : 0) }
    }

    private func move(_ from: SightID, _ to: Destination, _ subjects: Set<Subject>?) -> SightMove {
        SightMove(
            from: from,
            to: to.sight,
            sights: sights(of: to.sight) ?? [:],
            resets: to.resets,
            subjects: subjects
        )
    }

    private func vector(of follower: Follower) -> Vector {
        var numbers: [Snowflake: Int] = [:]
        if follower.guilds.isEmpty {
            for (guild, sights) in guilds {
                if let number = sights.entries[follower.subject]?.number, number != 0 {
                    numbers[guild] = number
                }
            }
        } else {
            for guild in follower.guilds {
                if let number = guilds[guild]?.entries[follower.subject]?.number, number != 0 {
                    numbers[guild] = number
                }
            }
        }
        return Vector(scope: follower.guilds, numbers: numbers)
    }

    private mutating func id(of vector: Vector) -> SightID {
        if let id = ids[vector] { return id }
        lastID += 1
        let id = SightID(number: lastID)
        ids[vector] = id
        vectors[id] = vector
        return id
    }
}

extension EventKind {
    /// Whether viewers start over where anything that they are shown of the guild differs: no event tells them.
    fileprivate var replacesView: Bool { self == .guildSynced || self == .guildUpdated }
}
