package import Base
package import EventModels
import JSON

/// What changed in a guild that sights depend on, newest last, so that it can be told of any viewer whether their sight
/// changed behind a place: the changes are undone one by one from the present. Pure.
package struct SightHistory: Sendable {
    /// How it was before.
    private enum Undo: Sendable {
        case channel(Snowflake, Channel?, [Overwrite]?, Set<Snowflake>?)
        case role(Snowflake, Role?)
        case member(Snowflake, MemberChange)
        /// They turned out to be other than the log had told; what they were nobody knows.
        case surprise(Snowflake)
        case identity(name: String, icon: String?, owner: Snowflake?)
        /// And how it was behind it: people and words have changed since.
        case guild(GuildState?, GuildState?)
    }

    private struct Entry: Sendable {
        let id: EventID
        let ts: Int64
        let undo: Undo

        /// Whom it is about, where it is about one.
        var member: Snowflake? {
            switch undo {
            case .member(let user, _), .surprise(let user): user
            case .channel, .role, .identity, .guild: nil
            }
        }
    }

    /// What became of a viewer's sight since a cursor.
    package enum Past: Sendable, Equatable {
        /// Nothing changed for anyone: who has the same sight now had the same all the time.
        case steady
        /// The viewer's did not change. What was seen since then: the present sight, and channels that are gone.
        case unchanged(Sight)
        case changed
    }

    private var entries: [Entry] = []
    private var first = 0
    /// Whole guilds among the entries.
    private var whole = 0
    /// Behind a cursor before it nobody can tell.
    package private(set) var floor: EventID

    /// Past either the oldest changes are forgotten; viewers from before them start over.
    package static let countMax = 50_000
    package static let wholeMax = 8

    package init(floor: EventID) { self.floor = floor }

    package var count: Int { entries.count - first }

    /// The id of the last change that was not a member's.
    package private(set) var lastShared: EventID?

    package mutating func append(
        _ event: StreamEvent,
        _ effect: SightEffect,
        before: GuildState?,
        after: GuildState?
    ) {
        let undo: Undo
        switch effect {
        case .nothing:
            return
        case .member(let user, let change):
            undo = .member(user, change)
        case .channels(let touched):
            let payload = event.payload
            guard let before, let id = (payload?["channelId"] ?? payload?["threadId"])?.snowflake,
                touched.contains(id)
            else { return append(Entry(id: event.id, ts: event.ts, undo: .guild(before, after))) }
            undo = .channel(id, before.channels[id], before.overwrites[id], before.threadMembers[id])
        case .everything:
            if let before, event.kind?.isRole == true, let role = event.payload?["roleId"]?.snowflake {
                undo = .role(role, before.roles[role])
            } else if let before, event.kind == .guildUpdated {
                undo = .identity(name: before.name, icon: before.icon, owner: before.ownerID)
            } else {
                undo = .guild(before, after)
            }
        }
        append(Entry(id: event.id, ts: event.ts, undo: undo))
    }

    /// A member turned out to be other than the log had told: from before here they do not go on.
    package mutating func appendSurprise(_ user: Snowflake, at id: EventID, ts: Int64) {
        append(Entry(id: id, ts: ts, undo: .surprise(user)))
    }

    private mutating func append(_ entry: Entry) {
        entries.append(entry)
        switch entry.undo {
        case .member, .surprise: break
        case .channel, .role, .identity, .guild: lastShared = entry.id
        }
        if case .guild = entry.undo { whole += 1 }
        while count > Self.countMax || whole > Self.wholeMax { dropFirst() }
    }

    /// Nobody comes back from before `id`.
    package mutating func forget(upTo id: EventID) {
        while first < entries.count, entries[first].id <= id { dropFirst() }
        floor = max(floor, id)
    }

    private mutating func dropFirst() {
        if case .guild = entries[first].undo { whole -= 1 }
        floor = max(floor, entries[first].id)
        first += 1
        if first > 1024, first > entries.count / 2 {
            entries.removeSubrange(0..<first)
            first = 0
        }
    }

    /// What was said of a member behind `id`, oldest first; nil where that is not all held, or not all that became of them.
    package func changes(of user: Snowflake, since id: EventID) -> [MemberChange]? {
        guard floor <= id else { return nil }
        var changes: [MemberChange] = []
        for entry in entries[first...].reversed() {
            guard entry.id > id else { break }
            switch entry.undo {
            case .member(user, let change): changes.append(change)
            case .surprise(user): return nil
            case .member, .surprise, .channel, .role, .identity, .guild: continue
            }
        }
        return changes.reversed()
    }

    /// Of a viewer who has `facts` and sees `sight` of the guild as it is at `now`, and had got everything up to `cursor`,
    /// which was at `cursorTime` (Unix milliseconds).
    package func past(
        of subject: Subject,
        _ facts: MemberFacts?,
        knownSince: EventID = EventID(epoch: 0, number: 0),
        _ sight: Sight,
        in state: GuildState,
        at now: Int64,
        since cursor: EventID,
        cursorTime: Int64
    ) -> Past {
        guard floor <= cursor else { return .changed }
        var walk = Walk(subject: subject, facts: facts, state: state, sight: sight, time: now)
        var isSteady = true
        for index in entries[first...].indices.reversed() {
            let entry = entries[index]
            guard entry.id > cursor else { break }
            if let user = entry.member, subject != .user(user) { continue }
            isSteady = false
            walk.hadRole = knownSince < entry.id ? .fromFacts : had(entry, at: index, subject)
            guard walk.goBack(to: entry.ts), walk.undo(entry.undo) else { return .changed }
        }
        guard walk.goBack(to: cursorTime) else { return .changed }
        return isSteady ? .steady : .unchanged(walk.seen)
    }

    /// Whether someone had a role that is deleted here, as what stands before says of it: facts that were told later do not
    /// name it any more.
    private func had(_ entry: Entry, at index: Int, _ subject: Subject) -> HadRole {
        guard case .role(let role, _) = entry.undo else { return .fromFacts }
        for earlier in entries[first..<index].reversed() {
            switch earlier.undo {
            case .role(role, nil): return .no
            case .member(let user, .granted(role)) where subject == .user(user): return .yes
            case .member(let user, .revoked(role)) where subject == .user(user): return .no
            case .guild, .member, .surprise, .role, .channel, .identity: continue
            }
        }
        return .unknown
    }

    private enum HadRole: Sendable { case yes, no, unknown, fromFacts }

    /// One viewer's sight on the way back.
    private struct Walk {
        let subject: Subject
        var facts: MemberFacts?
        var state: GuildState
        var sight: Sight
        var time: Int64
        /// All that was seen on the way.
        var seen: Sight
        /// Of a role that is deleted here.
        var hadRole = HadRole.fromFacts

        init(subject: Subject, facts: MemberFacts?, state: GuildState, sight: Sight, time: Int64) {
            self.subject = subject
            self.facts = facts
            self.state = state
            self.sight = sight
            self.time = time
            seen = sight
        }

        private var viewer: Viewer? {
            switch subject {
            case .everyone: .everyone
            case .user(let user):
                facts.map { Viewer(id: user, roles: $0.roles, timedOutUntil: $0.timedOutUntil) }
            }
        }

        private func sight(of state: GuildState) -> Sight {
            viewer.map { Sight(of: state, for: $0, at: time) } ?? .nothing
        }

        /// False where a time-out ended in between and hid something.
        mutating func goBack(to earlier: Int64) -> Bool {
            let isTimedOutThen = facts?.timedOutUntil.map { earlier < $0 && $0 <= time } ?? false
            time = min(time, earlier)
            return !isTimedOutThen || sight(of: state) == sight
        }

        /// False where the sight changed.
        mutating func undo(_ undo: Undo) -> Bool {
            switch undo {
            case .surprise: return false
            case .member(_, let change):
                guard let before = change.undone(from: facts) else { return false }
                facts = before
                return sight(of: state) == sight
            case .channel(let id, let channel, let overwrites, let members):
                return undoChannel(id, channel, overwrites, members)
            case .role(let id, let role):
                let isDeleted = state.roles[id] == nil
                state.roles[id] = role
                if isDeleted, hadRole == .unknown, !mayHaveLacked(id) { return false }
                if isDeleted, hadRole == .yes { facts?.roles.insert(id) }
                guard isTouched(by: id) else { return true }
                return sight(of: state) == sight
            case .identity(let name, let icon, let owner):
                guard name == state.name, icon == state.icon else { return false }
                let isTouched = subject != .everyone && owner != state.ownerID
                state.ownerID = owner
                return !isTouched || sight(of: state) == sight
            case .guild(let before, let after):
                guard let before, let after else { return false }
                let older = sight(of: before)
                guard !after.isChange(from: before, older, to: sight),
                    !sight.isMember || before.encodedView(older) == after.encodedView(sight)
                else { return false }
                state = before
                sight = older
                return true
            }
        }

        /// Whether it makes no difference if they had the role that was deleted before it was known who they are.
        private func mayHaveLacked(_ role: Snowflake) -> Bool {
            guard subject != .everyone, var facts, !facts.roles.contains(role) else { return true }
            facts.roles.insert(role)
            var other = self
            other.facts = facts
            return other.sight(of: state) == sight
        }

        private func isTouched(by role: Snowflake) -> Bool {
            role == state.id || subject == .everyone ? role == state.id : facts?.roles.contains(role) == true
        }

        private mutating func undoChannel(
            _ id: Snowflake,
            _ channel: Channel?,
            _ overwrites: [Overwrite]?,
            _ members: Set<Snowflake>?
        ) -> Bool {
            let newer = state
            state.channels[id] = channel
            state.overwrites[id] = overwrites
            state.threadMembers[id] = members
            guard let viewer else { return true }
            var touched = [id]
            for thread in state.channels.values where thread.isThread && thread.parentID == id {
                touched.append(thread.id)
            }
            for channel in touched {
                let bits = state.sightBits(of: viewer, in: channel, at: time)
                let isThere = state.channels[channel] != nil
                if isThere, newer.channels[channel] != nil, bits != sight.channels[channel] ?? [] {
                    return false
                }
                sight.set(channel, isThere ? bits : [])
                if isThere, !bits.isEmpty { seen.set(channel, bits) }
            }
            return true
        }
    }
}

extension EventKind {
    fileprivate var isRole: Bool { self == .roleCreated || self == .roleUpdated || self == .roleDeleted }
}
