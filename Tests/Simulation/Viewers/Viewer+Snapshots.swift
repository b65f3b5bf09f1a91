import Base
import EventModels
import JSON
import Web

/// Snapshots and resets, held against the truth.
extension Viewer {
    func start(at position: StreamCursor, _ block: BlockReader.Block) {
        note("gets \(block.event ?? "") at \(position.text)")
        let isOwed = owesReset
        owesReset = false
        if block.event == "reset" {
            resets += 1
            if !isOwed { checkReset(at: position) }
        } else if !isFirst || (cameWith != nil) {
            world.fail("\(name): a snapshot where a reset belongs")
        }
        checkState(at: position, block.data)
    }

    /// A reset is right where what it sees changed, where it was too slow, or where its position is not held.
    private func checkReset(at position: StreamCursor) {
        guard let chain = chains.first, chains.count == 1, position.ids.count == 1 else { return }
        let id = position.ids[0]
        guard !oracle.redisWentBack, chain.gaps.isEmpty, chain.tells(looker, upTo: id) else { return }
        if isFirst {
            guard let cameWith, let floor, let came = cameWith.ids.first, cameWith.ids.count == 1 else {
                return
            }
            guard floor <= came, came <= id, let complete = oracle.completeFrom[chain.shard], complete <= came
            else {
                return
            }
            guard !mayHaveToStartOver(chain, behind: came, through: id) else { return }
            return world.fail(
                "\(name): resumed behind \(came), which is held from \(floor), and got a reset at \(id)"
            )
        }
        guard let cursor, let before = cursor.ids.first else { return }
        if id < before { return world.fail("\(name): a reset goes back from \(before) to \(id)") }
        guard socket?.wasFull != true, !sightChanges(chain, behind: before, through: id) else { return }
        guard bytes(of: chain, behind: before, through: id) < Desk.ringBytesMax / 4 else { return }
        guard let complete = oracle.completeFrom[chain.shard], complete <= before else { return }
        world.fail("\(name): a reset at \(id) behind \(before), and nothing that it sees had changed")
    }

    /// What it sees changed in between, or so many whole guilds that nobody keeps how they were.
    private func mayHaveToStartOver(_ chain: Chain, behind first: EventID, through last: EventID) -> Bool {
        if sightChanges(chain, behind: first, through: last) { return true }
        var index = max(0, chain.index(behind: first) - 1)
        var whole = 0
        while index < chain.entries.count, chain.entries[index].event.id <= last {
            let event = chain.entries[index].event
            // A clock that was set back makes time-outs of before look as if they were not over yet.
            if event.ts < chain.entries[index].time, looker != .everyone { return true }
            if event.name.hasPrefix("guild."), key.wants(guild: event.guild) { whole += 1 }
            index += 1
        }
        return whole >= SightHistory.wholeMax
    }

    /// What came between may be more than a ring holds.
    private func bytes(of chain: Chain, behind first: EventID, through last: EventID) -> Int {
        var index = chain.index(behind: first)
        var bytes = 0
        while index < chain.entries.count, chain.entries[index].event.id <= last {
            bytes += chain.entries[index].event.envelope.count + 96
            index += 1
        }
        return bytes
    }

    private func sightChanges(_ chain: Chain, behind first: EventID, through last: EventID) -> Bool {
        var index = chain.index(behind: first)
        while index < chain.entries.count, chain.entries[index].event.id <= last {
            if changes(chain.entries[index]) { return true }
            index += 1
        }
        return false
    }

    /// What it shows is what the chain says at this place.
    private func checkState(at position: StreamCursor, _ data: [UInt8]) {
        checkSecret(data)
        let root: JSONValue
        do throws(JSONError) { root = try JSONDocument(parsing: data).root } catch {
            return world.fail("\(name): a snapshot is no JSON: \(error)")
        }
        let shown = root["payload"]?["guilds"]?.array.map { Array($0) } ?? []
        var wanted: [[UInt8]] = []
        let chains = chains
        guard chains.count == position.ids.count else { return }
        for (chain, id) in zip(chains, position.ids) {
            guard let complete = oracle.completeFrom[chain.shard], complete <= id,
                !chain.hasGap(behind: complete, through: id), chain.tells(looker, upTo: id)
            else { return }
            let index = chain.index(behind: id) - 1
            guard index >= 0 else { return }
            let entry = chain.entries[index]
            for guild in entry.states.ids where key.wants(guild: guild) {
                let sight = entry.sight(looker, of: guild)
                guard let state = entry.states[guild], sight.isMember else { continue }
                wanted.append(state.shown(by: sight, channels: key.channels))
                if let view = shown.first(where: { $0["id"]?.snowflake == guild }) {
                    checkBounds(view, sight)
                }
            }
        }
        guard shown.map({ Array($0.raw) }) != wanted else { return }
        world.note(name, "shown  " + shown.map { String(decoding: $0.raw, as: UTF8.self) }.joined())
        world.note(name, "wanted " + wanted.map { String(decoding: $0, as: UTF8.self) }.joined())
        world.fail("\(name): the snapshot at \(position.text) is not the state there")
    }

    /// Whatever it is that is shown of a guild: no channel, nobody and no word past what may be seen.
    private func checkBounds(_ view: JSONValue, _ sight: TrueSight) {
        func ids(_ list: String, _ name: String) -> [UInt64] {
            view[list]?.array?.compactMap { $0[name]?.snowflake?.rawValue } ?? []
        }
        for (shown, seen) in [
            (ids("channels", "id"), sight.view), (ids("voice", "channelId"), sight.view),
            (ids("messages", "channelId"), sight.history),
        ] {
            if let past = shown.first(where: { !seen.contains($0) }) {
                return world.fail("\(name): a snapshot shows something of channel \(past)")
            }
        }
        if view["counts"]?["voice"]?.int != ids("voice", "channelId").count {
            world.fail("\(name): a snapshot counts people who are not shown")
        }
    }
}
