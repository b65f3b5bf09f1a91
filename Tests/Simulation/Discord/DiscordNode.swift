import Base
import EventModels

/// Discord: the guilds, the sessions with their numbered dispatches, and the connections.
final class DiscordNode: Process {
    final class Session {
        let id: String
        /// The dispatches, number 1 first: payload, the message it tells of, and who is in the guilds behind it.
        var sent: [(payload: [UInt8], message: UInt64?, people: [[UInt64: Community.Person]])] = []
        /// Number of the last one, RESUMED aside.
        var told = 0
        var socket: DiscordSocket?
        var leftAt: Int64?
        var isOver = false
        /// Highest number that a RESUME named: up to here a gateway says that it has everything.
        var claimed = 0

        init(id: String) { self.id = id }
    }

    var guilds: [Community] = []
    private(set) var sessions: [Session] = []
    /// Dispatches that can be replayed.
    var replayMax = 1_000
    /// How long a session without a connection lives.
    var sessionLife: Int64 = 40_000_000
    /// Beats are not acknowledged.
    var isMute = false
    /// What was answered to IDENTIFY: session, in order.
    private(set) var identifies = 0
    var heartbeat: Int64 = 10_000_000
    /// Guilds that are away.
    private(set) var outages = 0
    private var sockets: [DiscordSocket] = []

    override func started() {
        every(1_000_000) { [unowned self] in sweep() }
    }

    override func ended() { sockets = [] }

    private func sweep() {
        for session in sessions where !session.isOver {
            if let left = session.leftAt, world.now - left > sessionLife { session.isOver = true }
        }
        sockets.removeAll { !$0.wire.isOpen(at: .server) }
        for socket in sockets where world.now - socket.heardAt > heartbeat * 3 { close(socket, 4009) }
    }

    // MARK: The guilds live

    func happen(in index: Int) {
        for (name, d, message) in guilds[index].live(&world.random, now: wall) { broadcast(name, d, message) }
    }

    /// A message that everybody may see, to be waited for.
    func probe(in index: Int) {
        for (name, d, message) in guilds[index].probe(now: wall) { broadcast(name, d, message) }
    }

    func broadcast(_ name: String, _ d: String, _ message: UInt64? = nil) {
        for session in sessions where !session.isOver { dispatch(name, d, message, to: session) }
    }

    private func dispatch(_ name: String, _ d: String, _ message: UInt64?, to session: Session) {
        let number = session.sent.count + 1
        let payload = Array(#"{"t":"\#(name)","s":\#(number),"op":0,"d":\#(d)}"#.utf8)
        session.sent.append((payload, message, guilds.map(\.people)))
        if name != "RESUMED" { session.told = number }
        note("\(session.id) s=\(number) \(name)")
        session.socket?.send(payload)
    }

    // MARK: Connections

    func accept(_ wire: Wire, _ receive: @escaping ([UInt8]) -> Void) -> DiscordSocket {
        let socket = DiscordSocket(wire, receive)
        socket.heardAt = world.now
        sockets.append(socket)
        wire.whenClosed(.server) { [weak self, weak socket] code in
            guard let self, let socket, let session = socket.session, session.socket === socket else {
                return
            }
            session.socket = nil
            session.leftAt = world.now
            if code == 1000 || code == 1001 { session.isOver = true }
        }
        let hello = Array(#"{"op":10,"d":{"heartbeat_interval":\#(heartbeat / 1000)}}"#.utf8)
        // Behind the answer to the upgrade.
        world.after(1) { socket.send(hello) }
        return socket
    }

    func heard(_ socket: DiscordSocket) {
        socket.heardAt = world.now
        guard !isMute else { return }
        socket.send(Array(#"{"op":11,"d":null}"#.utf8))
    }

    func identify(_ socket: DiscordSocket) {
        socket.heardAt = world.now
        identifies += 1
        let session = Session(id: "session-\(identifies)")
        sessions.append(session)
        attach(socket, session)
        note("begins \(session.id)")
        let list = guilds.map { #"{"id":"\#($0.id)","unavailable":true}"# }.joined(separator: ",")
        let ready = #"{"session_id":"\#(session.id)","resume_gateway_url":"r","guilds":[\#(list)]}"#
        dispatch("READY", ready, nil, to: session)
        for guild in guilds { dispatch("GUILD_CREATE", guild.create(), nil, to: session) }
    }

    func resume(_ socket: DiscordSocket, session id: String, sequence: Int) {
        socket.heardAt = world.now
        guard let session = sessions.first(where: { $0.id == id }), !session.isOver,
            sequence <= session.sent.count, session.sent.count - sequence <= replayMax
        else {
            note("does not resume \(id) at \(sequence)")
            return socket.send(Array(#"{"op":9,"d":false}"#.utf8))
        }
        note("resumes \(id) at \(sequence) of \(session.sent.count)")
        session.claimed = max(session.claimed, sequence)
        if let former = session.socket { former.wire.close(from: .server, code: 4000) }
        attach(socket, session)
        for (payload, _, _) in session.sent[sequence...] { socket.send(payload) }
        dispatch("RESUMED", "{}", nil, to: session)
    }

    private func attach(_ socket: DiscordSocket, _ session: Session) {
        socket.session = session
        session.socket = socket
        session.leftAt = nil
    }

    /// Number of the last dispatch that a session has told, RESUMED aside; nil for one that is not known, or over.
    func told(_ id: String) -> Int? { sessions.first { $0.id == id && !$0.isOver }?.told }

    // MARK: What the sessions told

    /// Sessions by the epochs that a gateway chose for them.
    var sessionOfEpoch: [UInt64: String] = [:]
    /// Epochs that a gateway began with no memory of any guild.
    var freshEpochs: Set<UInt64> = []

    /// Who is in a guild behind the dispatch that made an event.
    func members(of guild: UInt64, behind id: EventID) -> [UInt64: TrueGuild.Member] {
        guard let index = guilds.firstIndex(where: { $0.id == guild }),
            let name = sessionOfEpoch[id.epoch], let session = sessions.first(where: { $0.id == name }),
            (1...session.sent.count).contains(Int(id.sequence))
        else { return [:] }
        return session.sent[Int(id.sequence) - 1].people[index].mapValues {
            TrueGuild.Member(roles: Set($0.roles), timedOutUntil: $0.timedOutUntil)
        }
    }

    // MARK: What goes wrong

    private var live: DiscordSocket? {
        world.random.pick(sockets.filter { $0.wire.isOpen(at: .server) && $0.session?.socket === $0 })
    }

    func close(_ socket: DiscordSocket, _ code: UInt16?) {
        socket.wire.close(from: .server, code: code)
        guard let session = socket.session, session.socket === socket else { return }
        session.socket = nil
        session.leftAt = world.now
    }

    func askToReconnect() { live?.send(Array(#"{"op":7,"d":null}"#.utf8)) }

    func drop() {
        let codes: [UInt16?] = [nil, 4000, 1001]
        if let live { close(live, world.random.pick(codes) ?? nil) }
    }

    /// Ends a session for good; its connection is told, or finds out when it resumes.
    func invalidate() {
        guard let session = sessions.last(where: { !$0.isOver }) else { return }
        note("ends \(session.id)")
        session.isOver = true
        session.socket?.send(Array(#"{"op":9,"d":false}"#.utf8))
    }

    /// A guild goes away in an outage and comes back.
    func outage(for time: Int64) {
        let index = world.random.below(guilds.count)
        outages += 1
        broadcast("GUILD_DELETE", #"{"id":"\#(guilds[index].id)","unavailable":true}"#)
        world.after(time) { [weak self] in
            guard let self else { return }
            outages -= 1
            broadcast("GUILD_CREATE", guilds[index].create())
        }
    }
}

/// One connection at Discord's end.
final class DiscordSocket {
    let wire: Wire
    private let receive: ([UInt8]) -> Void
    weak var session: DiscordNode.Session?
    var heardAt: Int64 = 0

    init(_ wire: Wire, _ receive: @escaping ([UInt8]) -> Void) {
        self.wire = wire
        self.receive = receive
    }

    func send(_ payload: [UInt8]) {
        wire.send(from: .server) { [receive] in receive(payload) }
    }
}
