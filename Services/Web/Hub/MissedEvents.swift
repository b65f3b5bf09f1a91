package import Base
package import EventModels

/// Events of one guild behind a place of its shard's log, as a stream's replay would show them, a page at a time.
package struct MissedEvents: Sendable {
    /// Where the viewer is; nil: where the log ends.
    package let after: EventID?
    package let filter: StreamFilter
    package let countMax: Int

    /// Events that one page looks at.
    package static let scannedMax = 5_000
    /// Of envelopes; the event that passes it is the page's last.
    package static let bytesMax = 1 << 20

    package init(after: EventID?, filter: StreamFilter, countMax: Int) {
        self.after = after
        self.filter = filter
        self.countMax = countMax
    }

    package enum Answer: Sendable, Equatable {
        /// `last` is how far was looked; `isEnd`: nothing is behind it now.
        case page(envelopes: [[UInt8]], last: EventID, isEnd: Bool)
        /// What came behind `after` is not held any more, or other things are seen since: who was there starts over.
        case gone
        /// The guild is not theirs.
        case notFound
    }
}

extension HubMachine {
    package func place(of guild: Snowflake) -> GuildPlace? {
        guard let shard = shard(of: guild), let view = views[shard], let state = view.readyState(of: guild)
        else { return nil }
        return GuildPlace(shard: shard, position: view.position, time: view.time, state: state)
    }

    /// Facts as of `since`, with what the log has said of the member behind it; nil where that is not held.
    package func settle(_ facts: MemberFacts?, of user: Snowflake, in guild: Snowflake, since: EventID)
        -> (facts: MemberFacts?, place: GuildPlace)?
    {
        guard let place = place(of: guild), let view = views[place.shard], since <= place.position,
            let changes = view.history(of: guild).changes(of: user, since: since)
        else { return nil }
        return (changes.reduce(facts) { $1.applied(to: $0) }, place)
    }

    /// `facts` are as of the log's present place.
    package func missed(
        _ wanted: MissedEvents,
        in guild: Snowflake,
        by subject: Subject,
        _ facts: MemberFacts?
    ) -> MissedEvents.Answer {
        guard let place = place(of: guild), let view = views[place.shard],
            let viewer = subject.viewer(facts)
        else { return .notFound }
        guard let after = wanted.after, after < place.position else {
            return .page(envelopes: [], last: wanted.after ?? place.position, isEnd: true)
        }
        let sight = Sight(of: place.state, for: viewer, at: view.time)
        let past = view.history(of: guild).past(
            of: subject,
            facts,
            // Just asked: roles that were deleted before are not in them.
            knownSince: subject == .everyone ? EventID(epoch: 0, number: 0) : place.position,
            sight,
            in: place.state,
            at: view.time,
            since: after,
            cursorTime: view.recent.time(at: after) ?? .min
        )
        switch past {
        case .changed: return .gone
        case .steady: return page(wanted, view, guild, sight, after)
        case .unchanged(let seen): return page(wanted, view, guild, seen, after)
        }
    }

    private func page(
        _ wanted: MissedEvents,
        _ view: ShardView,
        _ guild: Snowflake,
        _ seen: Sight,
        _ after: EventID
    ) -> MissedEvents.Answer {
        let sight = wanted.filter.limited([guild: seen])[guild] ?? .nothing
        guard let events = view.recent.after(after) else { return .gone }
        var envelopes: [[UInt8]] = []
        var (last, bytes, scanned) = (after, 0, 0)
        for event in events {
            guard scanned < MissedEvents.scannedMax, envelopes.count < wanted.countMax,
                bytes < MissedEvents.bytesMax
            else { return .page(envelopes: envelopes, last: last, isEnd: false) }
            scanned += 1
            last = event.id
            guard event.guild == guild, event.showing != .nobody,
                let shown = event.view(before: sight, after: sight, isReplay: true),
                wanted.filter.wants(shown)
            else { continue }
            envelopes.append(Array(shown.envelope))
            bytes += shown.envelope.count
        }
        return .page(envelopes: envelopes, last: last, isEnd: true)
    }
}

extension Subject {
    /// Nil for who is no member.
    fileprivate func viewer(_ facts: MemberFacts?) -> Viewer? {
        switch self {
        case .everyone: .everyone
        case .user(let user):
            facts.map { Viewer(id: user, roles: $0.roles, timedOutUntil: $0.timedOutUntil) }
        }
    }
}
