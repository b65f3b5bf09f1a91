internal import Base
internal import JSON

/// What the shell has to do on connections.
package enum GatewayOutput: Sendable, Equatable {
    case send(ClientID, [UInt8])
    case close(ClientID, GatewayClose)
    /// The connection breaks off, without a close frame.
    case cut(ClientID)
    /// Nothing leaves on this connection until then; it leaves afterwards, in order.
    case hold(ClientID, until: Duration)
    /// From here on large payloads leave as zlib blobs.
    case compress(ClientID)
}

/// Where a dispatch went.
package struct Delivery: Sendable, Equatable {
    package let shard: Int
    package let session: String
    package let sequence: Int
}

/// The simulated gateway without its sockets: world, community, sessions and connections.
package struct GatewayCore: Sendable {
    package var world: World
    package var rules: GatewayRules
    package private(set) var communities: [CommunityMachine] = []
    package private(set) var churns: [ChurnMachine] = []
    /// Of the communities, then of the churns.
    private var agenda = Agenda()
    package private(set) var sessions: [SessionMachine] = []
    package var clients = ClientTable()
    package var log: DispatchLog
    package var outputs: [GatewayOutput] = []
    package var starts: SessionStarts
    package var isDownUntil: Duration?
    /// Sessions taken up again since the simulator began.
    package private(set) var resumes = 0
    var memberRequests: [Snowflake: Duration] = [:]
    // What REST makes besides what the world holds.
    var invites: InviteTable
    var webhooks: WebhookTable
    var audits = AuditTable()
    var commands = CommandRegistry()
    /// Guilds whose messages somebody has looked for.
    var indexed: Set<Snowflake> = []
    package var desk: InteractionDesk
    package var oauth: OAuthDesk
    private var random: SeededRandom

    package init(
        world: World,
        rules: GatewayRules,
        sessionSeed: UInt64,
        log: DispatchLog = DispatchLog()
    ) {
        self.world = world
        self.rules = rules
        starts = SessionStarts()
        self.log = log
        random = SeededRandom(seed: sessionSeed)
        invites = InviteTable(seed: random.next())
        webhooks = WebhookTable(seed: random.next())
        desk = InteractionDesk(seed: random.next())
        var client = rules.client
        if client.id == Snowflake(0) { client.id = world.applicationID }
        oauth = OAuthDesk(client: client, tokenLife: rules.tokenLife, seed: random.next())
    }

    /// What is to be done since the last call.
    package mutating func takeOutputs() -> [GatewayOutput] {
        defer { outputs.removeAll(keepingCapacity: true) }
        return outputs
    }

    // MARK: Connections

    package mutating func opened(version: String?, now: Instant) -> ClientID {
        let id = clients.add(ClientMachine(now: now.monotonic))
        guard version == nil || version == "10" || version == "9" else {
            refuse(id, .invalidVersion, now)
            return id
        }
        outputs.append(.send(id, OpPayload.hello(rules.heartbeatInterval)))
        return id
    }

    package mutating func received(_ id: ClientID, _ payload: [UInt8], now: Instant) {
        guard var client = clients[id] else { return }
        let request = client.receive(payload, rules: rules, guilds: world.guilds.count, now: now.monotonic)
        clients[id] = client
        switch request {
        case .heartbeat: acknowledge(id, now)
        case .identify(let identify): start(identify, id, now)
        case .resume(let resume): take(up: resume, id, now)
        case .presence(let fields): changeOwnPresence(fields, of: id, now)
        case .voice(let fields): changeOwnVoice(fields, now)
        case .members(let request): answer(request, id, now)
        case .sounds(let guilds): answer(sounds: guilds, id, now)
        case .channelInfo(let guild, let fields):
            guard let known = world.guild(guild) else { break }
            deliver("CHANNEL_INFO", guild: guild, d: known.channelInfo(fields), toClient: id, now)
        case .ignored: break
        case .refuse(let close): refuse(id, close, now)
        }
    }

    /// The peer went; `code` is what it said, nil where the line broke.
    package mutating func closed(_ id: ClientID, code: UInt16?, now: Instant) {
        guard let client = clients[id] else { return }
        clients[id] = nil
        guard let session = client.session, let index = sessions.firstIndex(where: { $0.id == session }),
            sessions[index].client == id
        else { return }
        if code == 1000 || code == 1001 {
            sessions.remove(at: index)
        } else {
            sessions[index].detach(now: now.monotonic)
        }
    }

    package mutating func refuse(_ id: ClientID, _ close: GatewayClose, _ now: Instant) {
        guard let session = clients[id]?.session else {
            clients[id]?.close()
            outputs.append(.close(id, close))
            return
        }
        clients[id]?.close()
        outputs.append(.close(id, close))
        guard let index = sessions.firstIndex(where: { $0.id == session }), sessions[index].client == id
        else { return }
        if close.keepsSession {
            sessions[index].detach(now: now.monotonic)
        } else {
            sessions.remove(at: index)
        }
    }

    private mutating func acknowledge(_ id: ClientID, _ now: Instant) {
        guard clients[id]?.acknowledges(now: now.monotonic) == true else { return }
        outputs.append(.send(id, OpPayload.heartbeatAck))
    }

    // MARK: Sessions

    private mutating func start(_ identify: ClientRequest.Identify, _ id: ClientID, _ now: Instant) {
        guard starts.admit(shard: identify.shard, rules: rules, now: now.monotonic) else {
            outputs.append(.send(id, OpPayload.invalidSession(resumable: false)))
            return
        }
        let name = String(random.next(), radix: 16) + String(random.next(), radix: 16)
        sessions.append(
            SessionMachine(id: name, identify: identify, client: id, keptBytesMax: rules.keptBytesMax)
        )
        clients[id]?.becomeLive(session: name)
        if identify.compress { outputs.append(.compress(id)) }
        let index = sessions.count - 1
        let guilds = world.guilds.filter { $0.id.shard(of: identify.shardCount) == identify.shard }
        let ready = ReadyPayload.encode(
            world: world,
            guilds: guilds,
            session: sessions[index],
            url: rules.url
        )
        deliver("READY", guild: nil, d: ready, to: index, now)
        for guild in guilds where identify.intents.contains(.guilds) { present(guild, to: index, now) }
        if let presence = identify.presence { changeOwnPresence(presence, of: id, now) }
    }

    private mutating func present(_ guild: Guild, to index: Int, _ now: Instant) {
        guard !guild.isUnavailable else {
            let d = JSONText.object { writer in
                writer.member("id", guild.id)
                writer.member("unavailable", true)
            }
            deliver("GUILD_DELETE", guild: guild.id, d: d, to: index, now)
            return
        }
        let d = guild.createPayload(
            intents: sessions[index].intents,
            largeThreshold: sessions[index].largeThreshold,
            bot: world.botID
        )
        deliver("GUILD_CREATE", guild: guild.id, d: d, to: index, now)
    }

    private mutating func take(up resume: ClientRequest.Resume, _ id: ClientID, _ now: Instant) {
        guard let index = sessions.firstIndex(where: { $0.id == resume.session }) else {
            outputs.append(.send(id, OpPayload.invalidSession(resumable: false)))
            return
        }
        let former = sessions[index].client
        switch sessions[index].resume(after: resume.sequence, client: id) {
        case .invalidSequence:
            refuse(id, .invalidSequence, now)
        case .lost:
            sessions.remove(at: index)
            outputs.append(.send(id, OpPayload.invalidSession(resumable: false)))
        case .replay(let missed):
            if let former {
                clients[former]?.close()
                outputs.append(.close(former, .unknownError))
            }
            resumes += 1
            clients[id]?.becomeLive(session: resume.session)
            for payload in missed { outputs.append(.send(id, payload)) }
            deliver("RESUMED", guild: nil, d: Array(#"{"_trace":["simulator"]}"#.utf8), to: index, now)
        }
    }

    /// Ends a session before its time; its connection may identify anew.
    mutating func endSession(_ name: String) {
        sessions.removeAll { $0.id == name }
    }

    mutating func detachSession(_ name: String, _ now: Instant) {
        guard let index = sessions.firstIndex(where: { $0.id == name }) else { return }
        sessions[index].detach(now: now.monotonic)
    }

    // MARK: Dispatches

    /// Tells every session that hears of it.
    @discardableResult
    package mutating func broadcast(_ dispatch: Dispatch, now: Instant) -> [Delivery] {
        guard mayHear(dispatch) else { return [] }
        var deliveries: [Delivery] = []
        var stripped: [UInt8]?
        for index in sessions.indices where sessions[index].hears(dispatch) {
            if dispatch.name == "GUILD_CREATE" {
                guard let guild = world.guild(dispatch.guild) else { continue }
                present(guild, to: index, now)
            } else if sessions[index].intents.strips(dispatch) {
                let bare = stripped ?? ContentStrip.message(dispatch.d)
                stripped = bare
                deliver(dispatch.name, guild: dispatch.guild, d: bare, to: index, now)
            } else if sessions[index].intents.narrows(dispatch) {
                guard let d = ThreadMembersView.of(dispatch.d, for: sessions[index].intents, bot: world.botID)
                else {
                    continue
                }
                deliver(dispatch.name, guild: dispatch.guild, d: d, to: index, now)
            } else {
                deliver(dispatch.name, guild: dispatch.guild, d: dispatch.d, to: index, now)
            }
            deliveries.append(
                Delivery(
                    shard: sessions[index].shard,
                    session: sessions[index].id,
                    sequence: sessions[index].sequence
                )
            )
        }
        return deliveries
    }

    /// Some dispatches need a permission of the bot. Discord, "Gateway Events".
    private func mayHear(_ dispatch: Dispatch) -> Bool {
        guard let needed = Intents.permissions(for: dispatch.name),
            let index = dispatch.guild.flatMap({ world.index(of: $0) })
        else { return true }
        if world.guilds[index].trustsBot { return true }
        return !world.guilds[index].permissions(of: world.botID).isDisjoint(with: needed)
    }

    private mutating func deliver(
        _ name: String,
        guild: Snowflake?,
        d: [UInt8],
        to index: Int,
        _ now: Instant
    ) {
        let payload = sessions[index].number(name, d: d)
        if let client = sessions[index].client { outputs.append(.send(client, payload)) }
        log.append(
            DispatchLog.Entry(
                shard: sessions[index].shard,
                session: sessions[index].id,
                sequence: sessions[index].sequence,
                name: name,
                guild: guild,
                unixMicroseconds: now.unixMicroseconds,
                d: d
            )
        )
    }

    /// For one session alone: answers to what it asked.
    mutating func deliver(
        _ name: String,
        guild: Snowflake?,
        d: [UInt8],
        toClient id: ClientID,
        _ now: Instant
    ) {
        guard let session = clients[id]?.session, let index = sessions.firstIndex(where: { $0.id == session })
        else {
            return
        }
        deliver(name, guild: guild, d: d, to: index, now)
    }

    // MARK: Time

    /// Other communities and changes of permissions live from now on, each of a guild of its own.
    package mutating func setLife(communities: [CommunityMachine], churns: [ChurnMachine]) {
        self.communities = communities
        self.churns = churns
        agenda = Agenda()
        for (number, next) in (communities.map(\.nextAt) + churns.map(\.nextAt)).enumerated() {
            if let next { agenda.add(number, at: next) }
        }
    }

    /// Lets the community live and ends what has lasted too long. At most 2,000 steps, so that connections have their
    /// turn; what is due then is due at the next call.
    package mutating func advance(now: Instant) {
        if let until = isDownUntil, until <= now.monotonic { isDownUntil = nil }
        var budget = 2000
        while budget > 0, let number = agenda.take(dueBy: now.monotonic) {
            budget -= 1
            let (dispatches, next) = step(number, now)
            if let next { agenda.add(number, at: next) }
            for dispatch in dispatches { broadcast(dispatch, now: now) }
        }
    }

    private mutating func step(_ number: Int, _ now: Instant) -> (dispatches: [Dispatch], next: Duration?) {
        guard number >= communities.count else {
            return (communities[number].step(&world, now: now) ?? [], communities[number].nextAt)
        }
        let churn = number - communities.count
        return (churns[churn].step(&world, now: now) ?? [], churns[churn].nextAt)
    }

    /// Closes silent connections, forgets sessions that nobody resumed.
    package mutating func sweep(now: Instant) {
        for id in clients.ids {
            guard let close = clients[id]?.overdue(rules: rules, now: now.monotonic) else { continue }
            refuse(id, close, now)
        }
        sessions.removeAll { $0.isExpired(life: rules.sessionLife, now: now.monotonic) }
    }

    /// When `advance` has something to do again.
    package var nextEventAt: Duration? { agenda.nextAt }
}
