import Base
import EventModels
import JSON
import Web

/// Faults in who sees what, put in between the hub's decisions and what carries them out.
struct PlantedSight {
    let plant: Plant?
    /// One replica is wrong where the others are right.
    let isFirstReplica: Bool

    // MARK: What the hub takes

    /// An event as the hub takes it; what is delivered is the event itself.
    func taken(_ event: StreamEvent) -> StreamEvent {
        switch (plant, event.kind) {
        case (.staleFacts, .roleGranted), (.staleFacts, .roleRevoked), (.staleFacts, .memberTimeout):
            return isFirstReplica ? event.with(.eventQuarantined, Array(event.payloadBytes)) : event
        case (.roleOutranksMember, .guildSynced):
            guard let payload = event.payload, var state = GuildState(payload) else { return event }
            state.overwrites = state.overwrites.mapValues { Self.outranked($0, in: state.id) }
            return event.with(.guildSynced, state.encoded())
        case (.roleOutranksMember, .channelPermissions):
            guard let payload = event.payload, let channel = payload["channelId"]?.snowflake else {
                return event
            }
            let entries = Self.outranked(Overwrite.list(payload["overwrites"]), in: event.guild).map {
                #"{"id":"\#($0.id)","type":\#($0.isMember ? 1 : 0),"allow":"\#($0.allow.rawValue)","#
                    + #""deny":"\#($0.deny.rawValue)"}"#
            }
            let text = #"{"channelId":"\#(channel)","overwrites":[\#(entries.joined(separator: ","))]}"#
            return event.with(.channelPermissions, Array(text.utf8))
        default: return event
        }
    }

    /// What a role's overwrite speaks of, a member's own says in vain.
    private static func outranked(_ overwrites: [Overwrite], in guild: Snowflake) -> [Overwrite] {
        var spoken: Permissions = []
        for overwrite in overwrites where !overwrite.isMember && overwrite.id != guild {
            spoken.formUnion(overwrite.allow.union(overwrite.deny))
        }
        return overwrites.map {
            guard $0.isMember else { return $0 }
            return Overwrite(
                id: $0.id,
                isMember: true,
                allow: $0.allow.subtracting(spoken),
                deny: $0.deny.subtracting(spoken)
            )
        }
    }

    // MARK: What the hub tells

    /// `events` are those of the batch, as they were appended; `room` is a channel of a guild.
    func batch(
        _ batch: DeliverableBatch,
        of events: [StreamEvent],
        room: (Snowflake) -> Snowflake?
    ) -> DeliverableBatch {
        var moves = batch.moves
        switch plant {
        case .sightWithoutReset:
            moves = moves.mapValues { $0.filter { $0.from != $0.to }.map(\.withoutReset) }
        case .kickedGoesOn:
            for (index, event) in batch.events.enumerated() where event.name == "member.left" {
                moves[index] = nil
            }
        default: break
        }
        let delivered = batch.events.enumerated().map { index, event in
            shown(plant == .staleFacts ? DeliverableEvent(events[index]) : event, room)
        }
        return DeliverableBatch(shard: batch.shard, events: delivered, moves: moves)
    }

    private func shown(_ event: DeliverableEvent, _ room: (Snowflake) -> Snowflake?) -> DeliverableEvent {
        switch (plant, event.showing) {
        case (.hiddenShown, _): DeliverableEvent(event, showing: .members)
        case (.afterAlone, .channel(let channel, let bits, .both)):
            DeliverableEvent(event, showing: .channel(channel, bits, .after))
        case (.afterAlone, .members):
            room(event.guild).map { DeliverableEvent(event, showing: .channel($0, .view, .after)) } ?? event
        case (.moveShownWhole, .move(let from, _)):
            DeliverableEvent(event, showing: .channel(from, .view, .both))
        case (.textWithoutConnect, .channel(let channel, let bits, let side)) where bits.contains(.text):
            DeliverableEvent(event, showing: .channel(channel, .view, side))
        default: event
        }
    }

    /// Snapshots are not as the hub makes them.
    var makesViews: Bool { plant == .snapshotUnfiltered || plant == .hiddenCounted }

    /// A guild in such a snapshot.
    func view(_ state: GuildState, _ sight: Sight, _ filter: StreamFilter) -> [UInt8] {
        guard plant == .hiddenCounted else {
            return state.encodeView(visibleChannels: Set(state.channels.keys))
        }
        let visible = sight.channels(with: .view, of: filter.channels)
        let view = state.encodeView(
            visibleChannels: visible,
            messageChannels: sight.channels(with: .history, of: filter.channels)
        )
        let shown = state.voice.values.count { visible.contains($0.channelID) }
        var text = String(decoding: view, as: UTF8.self)
        guard let range = text.ranges(of: #""voice":\#(shown)}"#).first else { return view }
        text.replaceSubrange(range, with: #""voice":\#(state.voice.count)}"#)
        return Array(text.utf8)
    }
}

extension StreamEvent {
    fileprivate func with(_ kind: EventKind, _ payload: [UInt8]) -> StreamEvent {
        StreamEvent(id: id, kind: kind, guild: guild, ts: ts, payload: payload)
    }
}

extension SightMove {
    fileprivate var withoutReset: SightMove {
        SightMove(from: from, to: to, sights: sights, resets: false, subjects: subjects)
    }
}
