import Base
import EventModels
import HTTPWire
import JSON
import Web

/// A browser with an `EventSource`: connects, reads blocks, comes again with what it has seen. It checks what it gets.
final class Viewer {
    struct Manner {
        var looker = Looker.everyone
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
    unowned let world: World
    let oracle: Oracle
    private let manner: Manner
    let key: StreamFilter
    let looker: Looker
    private let replicas: [Replica]
    private var wire: Wire?
    private var generation = 0
    var reader = BlockReader()
    var retry: Int64 = 3_000_000
    /// As the browser keeps it.
    var lastEventID: String?
    private var queryID: String?
    var cursor: StreamCursor?
    private var replica: Replica?
    var socket: ViewerSocket?
    /// Of this connection: what it came with, whether a block came, and the replica's floor at its admission.
    var cameWith: StreamCursor?
    var isFirst = true
    var floor: EventID?
    /// How far the replica had come then: what it tells up to there it repeats.
    var admittedAt: EventID?
    /// The last event changed what it sees: a reset comes next.
    var owesReset = false
    var resets = 0
    var events = 0

    init(_ world: World, _ name: String, _ oracle: Oracle, _ manner: Manner, _ replicas: [Replica]) {
        self.world = world
        self.name = name
        self.oracle = oracle
        self.manner = manner
        self.replicas = replicas
        looker = manner.looker
        key = StreamFilter(
            guilds: Set(manner.guilds.map { Snowflake($0) }),
            kinds: Set(manner.kinds.compactMap { KindPattern($0) }),
            channels: Set(manner.channels.map { Snowflake($0) })
        )
    }

    func note(_ what: @autoclosure () -> String) { world.note(name, what()) }

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
        admittedAt = nil
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
        let desk = replica.desks[world.random.below(replica.desks.count)]
        let socket = ViewerSocket(world, wire, capacity: manner.capacity, rate: manner.rate) {
            [weak self] bytes in
            guard let self, own == generation else { return }
            read(bytes)
        }
        socket.admitted = { [weak self] floor, position in
            guard let self, own == generation else { return }
            self.floor = floor
            admittedAt = position
        }
        self.socket = socket
        wire.whenClosed(.server) { [weak replica, weak desk] _ in
            guard let replica, replica.isUp else { return }
            desk?.lost(socket)
        }
        do {
            note("(\(looker)) asks \(replica.name) behind \(lastEventID ?? "nothing")")
            desk.arrive(socket, try StreamQuery(try head()), Ticket(subject: looker.subject))
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
}
