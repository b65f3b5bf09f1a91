package import Base
package import EventModels
import JSON

/// What a replica knows, and what of it viewers may see: the shards' views, and who has which sight. Pure; the shell
/// around it is `Hub`.
package struct HubMachine: Sendable {
    package private(set) var views: [ShardName: ShardView] = [:]
    package private(set) var caughtUp: Set<ShardName> = []
    package private(set) var book = SightBook()

    package init() {}

    // MARK: Shards

    /// A shard whose log is about to be read.
    package mutating func expect(_ shard: ShardName) { views[shard] = ShardView(shard: shard) }
    package mutating func giveUp(_ shard: ShardName) { views[shard] = nil }

    /// A shard's view as of where its log is followed from. A guild that another shard tells of too is the one's whose state
    /// is of the later session. Returns those that are taken away, by shard.
    package mutating func begin(_ view: ShardView) -> [Claim] {
        views[view.shard] = view
        var claims: [Claim] = []
        for other in views.keys.sorted() where other != view.shard {
            for guild in view.readyGuilds {
                guard let theirs = views[other]?.epoch(of: guild), let ours = view.epoch(of: guild) else {
                    continue
                }
                let loser = ours > theirs ? other : view.shard
                claims.append(Claim(guild: guild, from: loser))
                views[loser]?.release(guild)
            }
        }
        return claims
    }

    /// The bot runs with another number of shards now: the guild's log is another, and what this one's told no longer counts.
    package struct Claim: Sendable, Equatable {
        package let guild: Snowflake
        package let from: ShardName
    }

    /// The whole guild came in a session later than the one that another shard's log knows.
    private mutating func claims(of event: StreamEvent, by shard: ShardName) -> [Claim] {
        guard event.kind == .guildSynced, views.count > 1 else { return [] }
        var claims: [Claim] = []
        for other in views.keys.sorted() where other != shard {
            guard let theirs = views[other]?.epoch(of: event.guild), theirs < event.id.epoch else { continue }
            views[other]?.release(event.guild)
            claims.append(Claim(guild: event.guild, from: other))
        }
        return claims
    }

    /// The guild is another shard's by now: the rest of what this one's log says of it is not shown, and changes nothing.
    private func isForeign(_ event: StreamEvent, to shard: ShardName) -> Bool {
        guard views.count > 1, views[shard]?.states.holds(event.guild) == false else { return false }
        return views.values.contains { view in
            guard view.shard != shard, let epoch = view.epoch(of: event.guild) else { return false }
            return event.kind != .guildSynced || event.id.epoch < epoch
        }
    }

    /// Shards that have lost their last guild to others.
    package var retired: Set<ShardName> { Set(views.values.filter(\.isRetired).map(\.shard)) }

    /// True where it had not caught up before.
    package mutating func caughtUp(with shard: ShardName) -> Bool { caughtUp.insert(shard).inserted }

    /// The log has a hole: nothing that is held of the shard counts, and every stream with it in it ends.
    package mutating func startOver(_ shard: ShardName) {
        forgetEverybody()
        views[shard] = nil
        caughtUp.remove(shard)
    }

    private mutating func forgetEverybody() { book = SightBook(after: book) }

    /// Why viewers cannot be served, or nil.
    package var missing: String? {
        if views.isEmpty { return "no shard has written to the bus yet" }
        let behind = views.values.filter { !$0.isRetired }.map(\.shard).filter { !caughtUp.contains($0) }
            .sorted()
        if !behind.isEmpty {
            return "still reading the log of shard \(behind.map(\.description).joined(separator: ", "))"
        }
        return nil
    }

    package func shard(of guild: Snowflake) -> ShardName? {
        views.values.first { $0.states.holds(guild) }?.shard
    }

    // MARK: Events

    package struct Step: Sendable {
        package var batch: DeliverableBatch
        /// Members that viewers are, in guilds that are new.
        package var wanted: [SightBook.Wanted] = []
        package var repeated = 0
        /// Ids of `log.gap` among the events.
        package var gaps: [EventID] = []
        /// What was lost may have said who viewers are, or guilds are other shards' now: all have been forgotten, and their
        /// streams must end behind the batch.
        package var forgot = false
        package var claims: [Claim] = []
    }

    /// Takes events of a shard's log; those that were taken before are passed over and counted.
    package mutating func take(_ events: [StreamEvent], of shard: ShardName) -> Step {
        var deliverables: [DeliverableEvent] = []
        deliverables.reserveCapacity(events.count)
        var moves: [Int: [SightMove]] = [:]
        var step = Step(batch: DeliverableBatch(shard: shard, events: []))
        for event in events {
            guard let position = views[shard]?.position, position < event.id else {
                step.repeated += 1
                continue
            }
            defer { if position.epoch == 0 { views[shard]?.firstOfLogTaken() } }
            if isForeign(event, to: shard) {
                if let passed = views[shard]?.pass(event) { deliverables.append(passed) }
                continue
            }
            guard let taken = views[shard]?.take(event) else { continue }
            if event.kind == .logGap { step.gaps.append(event.id) }
            let claims = claims(of: event, by: shard)
            step.claims += claims
            step.forgot = step.forgot || event.losesFacts || !claims.isEmpty
            deliverables.append(taken.deliverable)
            let (made, wanted) = sightMoves(event, taken, shard)
            if !made.isEmpty { moves[deliverables.count - 1] = made }
            step.wanted += wanted
        }
        if step.forgot { forgetEverybody() }
        step.batch = DeliverableBatch(shard: shard, events: deliverables, moves: moves)
        return step
    }

    private mutating func sightMoves(_ event: StreamEvent, _ taken: ShardView.Taken, _ shard: ShardName)
        -> (moves: [SightMove], wanted: [SightBook.Wanted])
    {
        let now = views[shard]?.time ?? 0
        var moves: [SightMove] = []
        var wanted: [SightBook.Wanted] = []
        if taken.effect != .nothing {
            (moves, wanted) = book.take(
                event,
                taken.effect,
                before: taken.before,
                after: taken.after,
                at: now
            )
        }
        for guild in book.guildsWaiting.sorted() where views[shard]?.states[guild] != nil {
            moves += book.settle(guild, views[shard]?.states[guild], at: event.id, now: now)
            noteSurprises()
        }
        if book.nextExpiry <= now {
            for guild in book.guildsExpiring(by: now) where views[shard]?.states[guild] != nil {
                moves += book.expire(guild, views[shard]?.states[guild], at: now)
            }
        }
        return (moves, wanted)
    }

    // MARK: Facts

    package mutating func asked(_ wanted: SightBook.Wanted) { book.asked(wanted) }

    package mutating func answered(_ wanted: SightBook.Wanted, _ answer: MemberAnswer?) -> [SightMove] {
        let view = shard(of: wanted.guild).flatMap { views[$0] }
        let moves = book.answered(
            wanted,
            answer,
            state: view?.states[wanted.guild],
            position: view?.position ?? EventID(epoch: 0, number: 0),
            at: view?.time ?? 0
        )
        noteSurprises()
        return moves
    }

    private mutating func noteSurprises() {
        for one in book.takeSurprises() {
            guard let shard = shard(of: one.guild) else { continue }
            views[shard]?.noteSurprise(one.user, in: one.guild)
        }
    }

    package mutating func forget(allBut used: Set<Follower>, openedUpTo seen: Int) {
        book.forget(allBut: used, openedUpTo: seen)
    }

    // MARK: Streams

    /// The shards of a stream, or nil while a guild that it names is not known.
    package func shards(of filter: StreamFilter) -> [ShardName]? {
        let current = views.values.filter { !$0.isRetired }
        let ready = current.filter { caughtUp.contains($0.shard) }
        guard ready.count == current.count, !ready.isEmpty else { return nil }
        guard !filter.guilds.isEmpty else { return ready.map(\.shard).sorted() }
        var shards: Set<ShardName> = []
        for guild in filter.guilds {
            guard let view = ready.first(where: { $0.isReady(guild) }) else { return nil }
            shards.insert(view.shard)
        }
        return shards.sorted()
    }

    package enum Answer: Sendable {
        case opening(Opening)
        /// These have to be known first.
        case wanted([SightBook.Wanted])
        case unavailable
    }

    private func guilds(of filter: StreamFilter, _ shards: [ShardName]) -> [Snowflake] {
        filter.guilds.isEmpty ? shards.flatMap { views[$0]?.readyGuilds ?? [] } : filter.guilds.sorted()
    }

    /// Opens a stream, or says why it cannot be yet.
    package mutating func open(_ key: OpeningKey, recentBytesMax: Int) -> Answer {
        guard let shards = shards(of: key.filter) else { return .unavailable }
        let guilds = guilds(of: key.filter, shards)
        if case .user(let user) = key.subject {
            let unknown = book.unknown(key.subject, of: guilds)
            if !unknown.isEmpty { return .wanted(unknown.map { SightBook.Wanted(user: user, guild: $0) }) }
        }
        guard !book.isFull || book.sight(of: key.follower) != nil else { return .unavailable }
        let states = shards.flatMap { shard -> [(state: GuildState, at: Int64)] in
            guard let view = views[shard] else { return [] }
            return guilds.compactMap { guild in view.states[guild].map { ($0, view.time) } }
        }
        let opened = book.follow(key.follower, states: states)
        let sights = book.sights(of: opened.sight) ?? [:]
        return .opening(
            Opening(
                sight: opened.sight,
                sights: sights,
                seed: seed(shards, guilds, bytesMax: recentBytesMax),
                past: past(key, shards, guilds, sights),
                number: opened.opening
            )
        )
    }

    /// Recent events from where on nobody's sight of the guilds changed: before, they were shown to others.
    private func seed(_ shards: [ShardName], _ guilds: [Snowflake], bytesMax: Int) -> GroupSeed {
        GroupSeed(
            shards: shards.map { shard in
                let view = views[shard] ?? ShardView(shard: shard)
                let nothing = GroupSeed.Shard(name: shard, floor: view.position, events: [])
                guard shards.count == 1 else { return nothing }
                let newest = view.recent.newest(bytesMax: bytesMax)
                let steady = guilds.map { view.history(of: $0) }.map { $0.lastShared ?? $0.floor }.max()
                guard let steady, steady > newest.floor else {
                    return GroupSeed.Shard(name: shard, floor: newest.floor, events: Array(newest.events))
                }
                guard let events = view.recent.after(steady) else { return nothing }
                return GroupSeed.Shard(name: shard, floor: steady, events: Array(events))
            }
        )
    }

    private func past(
        _ key: OpeningKey,
        _ shards: [ShardName],
        _ guilds: [Snowflake],
        _ sights: Sights
    ) -> Opening.Past {
        guard let cursor = key.cursor else { return .none }
        guard cursor.ids.count == shards.count else { return .reset }
        let positions = StreamCursor(ids: shards.map { views[$0]?.position ?? EventID(epoch: 0, number: 0) })
        guard !StreamCursor.isBehind(positions, cursor) else { return .none }
        var seen = sights
        var isSteady = true
        for (index, shard) in shards.enumerated() {
            guard let view = views[shard] else { return .reset }
            if key.filter.guilds.isEmpty, let removal = view.lastRemoval, cursor.ids[index] < removal {
                return .reset
            }
            for guild in guilds {
                guard let state = view.states[guild] else { continue }
                let past = view.history(of: guild).past(
                    of: key.subject,
                    book.facts(of: key.subject, in: guild),
                    knownSince: book.knownSince(key.subject, in: guild),
                    sights[guild] ?? .nothing,
                    in: state,
                    at: view.time,
                    since: cursor.ids[index],
                    cursorTime: view.recent.time(at: cursor.ids[index]) ?? .min
                )
                switch past {
                case .steady: break
                case .changed: return .reset
                case .unchanged(let all):
                    isSteady = false
                    seen[guild] = all
                }
            }
        }
        if isSteady, !key.byReplay, isReadable(sights, shards, since: cursor) { return .ring }
        let held = shards.compactMap { shard in
            views[shard].map { (name: shard, recent: $0.recent, position: $0.position) }
        }
        let replay = StreamReplay(key.filter, seen, after: cursor, shards: held, format: key.format)
        return replay.map { .replay($0) } ?? .reset
    }

    /// Whether all that was written since then, and that the viewer would have been shown, may be read back: only then the
    /// ring, which holds what was shown as it happened, has what they missed.
    private func isReadable(_ sights: Sights, _ shards: [ShardName], since cursor: StreamCursor) -> Bool {
        let sealed = sights.filter { !$0.value.readsBackWhatItSees }
        guard !sealed.isEmpty else { return true }
        return zip(shards, cursor.ids).allSatisfy { shard, id in
            views[shard]?.recent.after(id)?.allSatisfy { event in
                guard case .channel(let channel, let bits, _) = event.showing, bits.contains(.text),
                    let sight = sealed[event.guild]
                else { return true }
                return !sight.has(bits, in: channel) || sight.has(.history, in: channel)
            } ?? false
        }
    }

    package func cursor(of shards: [ShardName]) -> StreamCursor {
        StreamCursor(ids: shards.map { views[$0]?.position ?? EventID(epoch: 0, number: 0) })
    }

    /// A group's snapshot as of now; nil where nobody has its sight any more.
    package func encodeSnapshot(_ key: GroupKey, _ shards: [ShardName], ts: Int64) -> [UInt8]? {
        guard let sights = book.sights(of: key.sight) else { return nil }
        var payload = JSONWriter(reserving: 8192)
        payload.beginObject()
        payload.key("guilds")
        payload.beginArray()
        var shown: [Snowflake] = []
        for view in shards.compactMap({ views[$0] }) {
            for guild in view.readyGuilds where key.filter.wants(guild: guild) {
                guard let state = view.states[guild], let sight = sights[guild], sight.isMember else {
                    continue
                }
                shown.append(guild)
                let parts = SnapshotParts(state, sight, key.filter)
                state.encodeView(
                    visibleChannels: parts.channels,
                    voiceChannels: parts.voice,
                    messageChannels: parts.messages,
                    into: &payload
                )
            }
        }
        payload.endArray()
        payload.endObject()
        return StreamSnapshot.envelope(
            cursor: cursor(of: shards),
            guild: shown.count == 1 ? shown[0] : nil,
            ts: ts,
            payload: payload.takeBytes()
        )
    }
}

extension Sight {
    /// Whether all that was written where the viewer sees what is written may be read back.
    fileprivate var readsBackWhatItSees: Bool {
        channels.values.allSatisfy { !$0.contains(.text) || $0.contains(.history) }
    }
}

extension StreamEvent {
    /// Whether events are missing here that may have said who somebody is, or that they are no member any more.
    fileprivate var losesFacts: Bool { kind == .logGap || kind == .eventQuarantined }
}
