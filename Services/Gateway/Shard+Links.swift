internal import DiscordProtocol
internal import EventLoop
internal import EventModels
internal import LinkProtocol

/// What goes between a shard's loop and the links'. In each direction everything stays in its order: an epoch is set before its
/// first frame, and an answer says what the frames before it have said.
extension Shard {
    // MARK: To the links

    func release(_ frames: [EventFrame]) {
        metrics.made(frames)
        for frame in frames where AccessChange.mayBe(in: frame.events) {
            let change = AccessChange(frame.events) { guild in
                machine.folded.state.guilds[guild]?.channels.keys.map { $0 } ?? []
            }
            if let change { runner.api.changed(change) }
        }
        links.append(frames)
    }

    func setEpoch(_ epoch: UInt64) { links.setEpoch(epoch, of: name) }

    // MARK: From the links

    nonisolated func resync() { onLoop { $0.perform($0.machine.resync(at: $0.moment)) } }

    nonisolated func superseded(by top: EventID) {
        onLoop { $0.perform($0.machine.superseded(by: top, at: $0.moment)) }
    }

    nonisolated func linked(topEpoch: UInt64) {
        onLoop { $0.perform($0.machine.linked(topEpoch: topEpoch, at: $0.moment)) }
    }

    /// Frames were confirmed, or more are held: connect or let go.
    nonisolated func windowChanged(_ window: LinkWindow) {
        onLoop { shard in
            shard.perform(
                shard.machine.window(isFull: window.isFull, hasRoom: window.hasRoom, at: shard.moment)
            )
        }
    }

    nonisolated func onLoop(_ body: @escaping @Sendable (isolated Shard) -> Void) {
        loop.execute { [self] in assumeIsolated { body($0) } }
    }
}
