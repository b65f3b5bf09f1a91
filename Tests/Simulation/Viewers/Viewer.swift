import Base
import EventModels
import HTTPWire
import JSON
import Web

/// A browser with an `EventSource`: connects, reads blocks, comes again with what it has seen. It checks what it gets.
final class Viewer {
    struct Manner {
        var guilds: [UInt64] = []
        var channels: [UInt64] = []
        var kinds: [String] = []
        /// Bytes in a second; nil: reads at once.
        var rate: Int?
        var capacity = 1 << 16
        /// Keeps in its address the position of its first visit, as a page that was reloaded does.
        var keepsQuery = false
    }

    let name: String
    private unowned let world: World
    private let oracle: Oracle
    private let manner: Manner
    private let key: GroupKey
    private let replicas: [Replica]
    private var wire: Wire?
    private var generation = 0
    private var reader = BlockReader()
    private var retry: Int64 = 3_000_000
    /// As the browser keeps it.
    private(set) var lastEventID: String?
    private var queryID: String?
    private(set) var cursor: StreamCursor?
    private var replica: Replica?
    private var socket: ViewerSocket?
    /// Of this connection: what it came with, whether a block came, and the replica's floor at its admission.
    private var cameWith: StreamCursor?
    private var isFirst = true
    private var floor: EventID?
    /// The last event changed what it sees: a reset comes next.
    private var owesReset = false
    private(set) var resets = 0
    private(set) var events = 0

    init(_ world: World, _ name: String, _ oracle: Oracle, _ manner: Manner, _ replicas: [Replica]) {
        self.world = world
        self.name = name
        self.oracle = oracle
        self.manner = manner
        self.replicas = replicas
        key = GroupKey(
            guilds: Set(manner.guilds.map { Snowflake($0) }),
            kinds: Set(manner.kinds.compactMap { KindPattern($0) }),
            channels: Set(manner.channels.map { Snowflake($0) })
        )
    }

    private func note(_ what: @autoclosure () -> String) { world.note(name, what()) }

    // MARK: Connecting

    func connect() {
        generation += 1
        let own = generation
        guard let replica = world.random.pick(replicas.filter(\.isUp)) else {
            return world.after(retry) { [weak self] in self?.connectAgain(own) }
        }
        reader = BlockReader()
        cameWith = (lastEventID ?? queryID).flatMap { StreamCursor($0) }
        isFirst = true
        floor = nil
        self.replica = replica
        world.connect(
            Route(from: name, to: replica.name),
            isListening: { [weak replica] in replica?.isUp ?? false },
            accepted: { [weak self, weak replica] wire in
                guard let self, let replica else { return }
                accept(wire, replica, own)
            },
            opened: { [weak self] wire in
                guard let self, own == generation else {
                    wire?.close(from: .client)
                    return
                }
                guard let wire else { return lost(own) }
                self.wire = wire
                wire.whenClosed(.client) { [weak self] _ in self?.lost(own) }
            }
        )
    }

    private func connectAgain(_ own: Int) { if own == generation { connect() } }

    /// The replica's end.
    private func accept(_ wire: Wire, _ replica: Replica, _ own: Int) {
        replica.hold(wire, .server)
        let socket = ViewerSocket(world, wire, capacity: manner.capacity, rate: manner.rate) {
            [weak self] bytes in
            guard let self, own == generation else { return }
            read(bytes)
        }
        socket.admitted = { [weak self] floor in
            guard let self, own == generation else { return }
            self.floor = floor
        }
        self.socket = socket
        wire.whenClosed(.server) { [weak replica] _ in
            guard let replica, replica.isUp else { return }
            replica.desk.lost(socket)
        }
        do {
            note("asks \(replica.name) behind \(lastEventID ?? "nothing")")
            replica.desk.arrive(socket, try StreamQuery(try head()))
        } catch { world.fail("\(name): its query is refused: \(error)") }
    }

    private func head() throws -> HTTPRequestHead {
        var items = manner.guilds.map { "guild=\($0)" }
        if !manner.channels.isEmpty {
            items.append("channels=" + manner.channels.map(String.init).joined(separator: ","))
        }
        if !manner.kinds.isEmpty { items.append("events=" + manner.kinds.joined(separator: ",")) }
        if let queryID { items.append("lastEventId=\(queryID)") }
        var headers: HTTPHeaders = ["Host": "h"]
        let isHeaderLost = world.has(.staleQueryWins) && queryID != nil
        if let lastEventID, !isHeaderLost { headers.add("Last-Event-ID", lastEventID) }
        return try HTTPRequestHead(
            method: "GET",
            target: "/api/stream?" + items.joined(separator: "&"),
            headers: headers
        )
    }

    private func lost(_ own: Int) {
        guard own == generation else { return }
        wire = nil
        generation += 1
        let next = generation
        let wait = world.random.within(retry / 2...retry)
        world.after(wait) { [weak self] in self?.connectAgain(next) }
    }

    /// The page is closed, or the way to the replica breaks: it comes again, perhaps to another replica.
    func hop() {
        guard let wire else { return }
        note("leaves")
        let own = generation
        wire.close(from: .client)
        lost(own)
    }

    /// The page is loaded anew, without what the old one knew, or with it in its address alone.
    func reload() {
        guard wire != nil else { return }
        queryID = manner.keepsQuery ? lastEventID : nil
        lastEventID = nil
        cursor = queryID.flatMap { StreamCursor($0) }
        owesReset = false
        hop()
    }

    // MARK: Blocks

    private func read(_ bytes: [UInt8]) {
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

    private var chains: [Chain] {
        oracle.chains.keys.sorted().compactMap { oracle.chains[$0] }.filter { chain in
            key.guilds.isEmpty || chain.entries.contains { key.guilds.contains($0.event.guild) }
        }
    }

    /// Nothing that this viewer is to see stands between the two.
    private func check(_ chain: Chain, behind first: EventID, before last: EventID, includingLast: Bool) {
        guard let complete = oracle.completeFrom[chain.shard], complete <= first else { return }
        var index = chain.index(behind: first)
        while index < chain.entries.count {
            let entry = chain.entries[index]
            guard entry.event.id < last || (includingLast && entry.event.id == last) else { return }
            if entry.deliverable.envelope != nil, key.wants(entry.deliverable),
                !chain.hasGap(behind: first, through: last)
            {
                return world.fail(
                    "\(name): \(entry.event.id) \(entry.event.name) was left out behind \(first), then came \(last)"
                )
            }
            if entry.deliverable.resetsGuild, key.wants(guild: entry.event.guild), entry.event.id < last,
                !chain.hasGap(behind: first, through: last)
            {
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
                includingLast: other != index && chains[other][position.ids[other]]?.event.envelope != data
            )
        }
        guard let entry = chains.lazy.compactMap({ $0[id] }).first else {
            return world.fail("\(name): \(id) is no event of any log")
        }
        guard let complete = oracle.completeFrom[chains[index].shard], complete <= cursor.ids[index] else {
            return
        }
        owesReset = entry.deliverable.resetsGuild && key.wants(guild: entry.event.guild)
        if let envelope = entry.deliverable.envelope {
            if envelope != data, !oracle.quarantined.contains(id) {
                world.fail("\(name): \(id) reads otherwise than it should")
            }
        } else if !chains[index].hasGap(behind: complete, through: id) {
            world.fail("\(name): \(id) \(entry.event.name) was shown and may not be")
        }
    }

    /// Text of channels that @everyone never sees.
    private func checkSecret(_ data: [UInt8]) {
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

    // MARK: Snapshots

    private func start(at position: StreamCursor, _ block: BlockReader.Block) {
        note("gets \(block.event ?? "") at \(position.text)")
        owesReset = false
        if block.event == "reset" {
            resets += 1
            checkReset(at: position)
        } else if !isFirst || (cameWith != nil) {
            world.fail("\(name): a snapshot where a reset belongs")
        }
        checkState(at: position, block.data)
    }

    /// A reset is right where what it sees changed, where it was too slow, or where its position is not held.
    private func checkReset(at position: StreamCursor) {
        guard let chain = chains.first, chains.count == 1, position.ids.count == 1 else { return }
        let id = position.ids[0]
        guard !oracle.redisWentBack, chain.gaps.isEmpty else { return }
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
        guard let complete = oracle.completeFrom[chain.shard], complete <= before else { return }
        world.fail("\(name): a reset at \(id) behind \(before), and nothing that it sees had changed")
    }

    /// Something in between may change sight (who knows only a later snapshot cannot tell whether it did), or it is
    /// more than a ring holds.
    private func mayHaveToStartOver(_ chain: Chain, behind first: EventID, through last: EventID) -> Bool {
        var index = chain.index(behind: first)
        var bytes = 0
        while index < chain.entries.count, chain.entries[index].event.id <= last {
            let event = chain.entries[index].event
            bytes += event.envelope.count + 96
            if event.mayChangeSight, key.wants(guild: event.guild) { return true }
            index += 1
        }
        return bytes > Desk.ringBytesMax / 4
    }

    private func sightChanges(_ chain: Chain, behind first: EventID, through last: EventID) -> Bool {
        var index = chain.index(behind: first)
        while index < chain.entries.count, chain.entries[index].event.id <= last {
            let entry = chain.entries[index]
            if entry.deliverable.resetsGuild, key.wants(guild: entry.event.guild) { return true }
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
        var shown: [[UInt8]] = []
        if let list = root["payload"]?["guilds"]?.array {
            for guild in list { shown.append(Array(guild.raw)) }
        }
        var wanted: [[UInt8]] = []
        let chains = chains
        guard chains.count == position.ids.count else { return }
        for (chain, id) in zip(chains, position.ids) {
            guard let complete = oracle.completeFrom[chain.shard], complete <= id,
                !chain.hasGap(behind: complete, through: id)
            else { return }
            let index = chain.index(behind: id) - 1
            guard index >= 0 else { return }
            let states = chain.entries[index].states
            for guild in states.ids where key.wants(guild: guild) {
                guard let state = states[guild] else { continue }
                var writer = JSONWriter(reserving: 4096)
                key.encode(state, EveryoneSight(of: state), into: &writer)
                wanted.append(writer.takeBytes())
            }
        }
        guard shown != wanted else { return }
        world.note(name, "shown  " + shown.map { String(decoding: $0, as: UTF8.self) }.joined())
        world.note(name, "wanted " + wanted.map { String(decoding: $0, as: UTF8.self) }.joined())
        world.fail("\(name): the snapshot at \(position.text) is not the state there")
    }
}

extension StreamEvent {
    var mayChangeSight: Bool {
        ["guild.", "channel.", "role.created", "role.updated", "role.deleted"].contains { name.hasPrefix($0) }
    }
}
