import Base
import EventModels
import Web

/// What it gets, held against the truth.
extension Viewer {
    func read(_ bytes: [UInt8]) {
        for block in reader.take(bytes) { take(block) }
    }

    private func take(_ block: BlockReader.Block) {
        if let wait = block.retry { retry = wait * 1000 }
        guard let id = block.id else { return }
        guard let position = StreamCursor(id) else { return world.fail("\(name): \(id) is no position") }
        lastEventID = id
        defer {
            cursor = position
            isFirst = false
        }
        switch block.event {
        case nil: scanned(to: position)
        case "snapshot", "reset": start(at: position, block)
        case let event?: shown(event, position, block.data)
        }
    }

    private func scanned(to position: StreamCursor) {
        guard let cursor else { return world.fail("\(name): a beat before anything else") }
        if StreamCursor.isBehind(position, cursor) { return world.fail("\(name): the beat goes back") }
        for (index, chain) in chains.enumerated() {
            check(chain, behind: cursor.ids[index], before: position.ids[index], includingLast: true)
        }
    }

    var chains: [Chain] {
        oracle.chains.keys.sorted().compactMap { oracle.chains[$0] }.filter { chain in
            key.guilds.isEmpty || chain.entries.contains { key.guilds.contains($0.event.guild) }
        }
    }

    // MARK: What it is to see

    /// What it is to be shown of an entry on this connection.
    func showing(_ chain: Chain, at index: Int) -> Showing {
        let id = chain.entries[index].event.id
        return chain.showing(at: index, to: looker, isReplayed: admittedAt.map { id <= $0 } ?? false)
    }

    /// Whether it asked for what is shown.
    func wants(_ showing: Showing, of event: StreamEvent) -> Bool {
        guard showing != .nothing, key.wants(guild: event.guild) else { return false }
        let name = showing.name(of: event)
        guard key.kinds.isEmpty || key.kinds.contains(where: { $0.matches(name) }) else { return false }
        let channels = showing.channels
        return key.channels.isEmpty || channels.isEmpty
            || channels.contains { key.channels.contains(Snowflake($0)) }
    }

    /// Whether what it sees changes with an entry.
    func changes(_ entry: Chain.Entry) -> Bool {
        entry.changes.contains { key.wants(guild: Snowflake($0.key)) && $0.value.contains(looker) }
    }

    /// Nothing that this viewer is to see stands between the two.
    private func check(_ chain: Chain, behind first: EventID, before last: EventID, includingLast: Bool) {
        guard let complete = oracle.completeFrom[chain.shard], complete <= first else { return }
        var index = chain.index(behind: first)
        while index < chain.entries.count {
            let entry = chain.entries[index]
            guard entry.event.id < last || (includingLast && entry.event.id == last) else { return }
            guard !chain.hasGap(behind: first, through: last), chain.tells(looker, upTo: last) else { return }
            if wants(showing(chain, at: index), of: entry.event) {
                return world.fail(
                    "\(name): \(entry.event.id) \(entry.event.name) was left out behind \(first), then came \(last)"
                )
            }
            if changes(entry), entry.event.id < last {
                return world.fail("\(name): what it sees changed at \(entry.event.id) without a reset")
            }
            index += 1
        }
    }

    private func shown(_ event: String, _ position: StreamCursor, _ data: [UInt8]) {
        oracle.countDelivery()
        events += 1
        if owesReset { return world.fail("\(name): \(position.text) came where a reset belongs") }
        note("gets \(position.text) \(event)")
        guard let cursor else { return world.fail("\(name): an event before a snapshot") }
        guard cursor.ids.count == position.ids.count else { return world.fail("\(name): other shards") }
        checkSecret(data)
        let moved = position.ids.indices.filter { position.ids[$0] != cursor.ids[$0] }
        guard let index = moved.last else { return world.fail("\(name): \(position.text) came twice") }
        let chains = chains
        guard index < chains.count else { return }
        let id = position.ids[index]
        for other in moved {
            if position.ids[other] < cursor.ids[other] {
                return world.fail("\(name): \(position.ids[other]) came behind \(cursor.ids[other])")
            }
            check(
                chains[other],
                behind: cursor.ids[other],
                before: position.ids[other],
                includingLast: other != index && chains[other][position.ids[other]]?.event.id != id
            )
        }
        guard let entry = chains.lazy.compactMap({ $0[id] }).first else {
            return world.fail("\(name): \(id) is no event of any log")
        }
        let chain = chains[index]
        guard let complete = oracle.completeFrom[chain.shard], complete <= cursor.ids[index],
            chain.tells(looker, upTo: id)
        else { return }
        owesReset = changes(entry)
        checkShown(event, entry, chain, data, isSure: !chain.hasGap(behind: complete, through: id))
    }

    private func checkShown(
        _ name: String,
        _ entry: Chain.Entry,
        _ chain: Chain,
        _ data: [UInt8],
        isSure: Bool
    ) {
        let event = entry.event
        guard !oracle.quarantined.contains(event.id) else { return }
        let showing = showing(chain, at: chain.index(behind: event.id) - 1)
        guard let fault = showing.fault(data, of: event) else {
            if name != showing.name(of: event) {
                world.fail("\(self.name): \(event.id) \(event.name) is named \(name)")
            }
            return
        }
        if showing != .nothing || isSure {
            world.fail("\(self.name): \(event.id) \(event.name) \(fault)")
        }
    }

    /// Text of the channels that @everyone never sees.
    func checkSecret(_ data: [UInt8]) {
        guard looker == .everyone else { return }
        let secret = Array(Community.secret.utf8)
        guard data.count > secret.count else { return }
        var index = 0
        while index + secret.count <= data.count {
            if data[index] == secret[0], data[index..<index + secret.count].elementsEqual(secret) {
                return world.fail("\(name): text of a hidden channel was shown")
            }
            index += 1
        }
    }
}
