package import Base
internal import JSON

/// A shard's life with Discord's gateway, over all its connections: payloads and time in, actions out.
///
/// The shell opens and closes sockets, sends what it is told and calls `tick` at `deadline`. Times are monotonic,
/// `random` is in 0..<1. Discord's documentation, "Gateway", "Connection Lifecycle"; see specs/discord-gateway.md.
package struct GatewayMachine: Sendable {
    package enum Action: Sendable, Equatable {
        /// Open a socket: to the session's own address, or to the one of `/gateway/bot`.
        case connect(Target)
        case send(GatewayCommand)
        /// A new session is to be asked for: call `identifyTurn` when it is this shard's turn in the line of all shards of the
        /// bot, or close where it cannot be had.
        case awaitTurn
        /// Close the socket with this code and forget it; nothing of it is reported any more.
        case close(UInt16)
        /// A new session began; its first dispatch follows.
        case sessionStarted(Session)
        /// The session cannot be resumed: the next one is new.
        case sessionLost
        case resumed
        case dispatch(Dispatch)
        /// Discord refused to list the guild's members, or does not answer: ask again, if they are still wanted.
        case membersMissed(Snowflake)
        /// No connecting again until a person has acted.
        case failed(CloseCode)
    }

    package enum Target: Sendable, Equatable {
        case resume(url: String)
        case gateway
    }

    enum State: Sendable, Equatable {
        /// Nothing is wanted: before `start`, after `suspend`. Leaves by `start`.
        case resting
        /// Waits before the next attempt. Leaves to `.connecting`.
        case waiting(until: Duration)
        /// The shell opens a socket. Leaves to `.greeting` (opened) or `.waiting` (failed).
        case connecting
        /// Open, no Hello yet. Leaves to `.queued`, `.resuming`, `.waiting`.
        case greeting(until: Duration)
        /// In the line of those who want a new session; beats meanwhile. Leaves to `.identifying`, `.waiting`.
        case queued
        /// Identify was sent. Leaves to `.live` (READY), `.waiting` (op 9, time), `.failed`.
        case identifying(until: Duration)
        /// Resume was sent; dispatches may come already. Leaves to `.live` (RESUMED), `.waiting`.
        case resuming(until: Duration)
        case live
        /// Left by nothing.
        case failed(CloseCode)
    }

    /// The code that keeps the session: neither 1000 nor 1001.
    package static let closeKeepingSession: UInt16 = 4000
    package static let helloWithin = Duration.seconds(20)
    /// Discord may let an Identify or Resume wait.
    package static let answerWithin = Duration.seconds(60)
    /// Resumes in a row that came to nothing before the session is given up.
    package static let resumesMax = 3
    /// Connects to a session's own address that came to no Hello, before the general one is tried.
    package static let resumeConnectsMax = 3

    /// After this long without one, messages that cannot be read are news again.
    package static let unreadableForgotten = Duration.seconds(1800)

    private let token: Secret
    private let intents: Intents
    private let shard: Int
    private let count: Int

    var state = State.resting
    package private(set) var session: Session?
    private var heartbeat: Heartbeat?
    private var requests = MemberRequests()
    private var requestsDue: Duration?
    private var limiter = SendLimiter()
    private var backoff = Backoff(base: .seconds(1), limit: .seconds(60))
    /// Of messages that could not be read.
    private var distrust = Backoff(base: .seconds(1), limit: .seconds(300))
    private var lastUnreadable: Duration?
    private var resumesInVain = 0
    private var connectsInVain = 0

    package init(token: Secret, intents: Intents, shard: Int, count: Int, session: Session? = nil) {
        self.token = token
        self.intents = intents
        self.shard = shard
        self.count = count
        self.session = session
    }

    package var isLive: Bool { state == .live }
    /// With which code Discord refused the bot for good.
    package var refusal: CloseCode? {
        if case .failed(let code) = state { code } else { nil }
    }
    /// Round trip of the last heartbeat that was acknowledged.
    package var latency: Duration? { heartbeat?.latency }

    /// When `tick` is due; nil: nothing is waited for.
    package var deadline: Duration? {
        switch state {
        case .resting, .connecting, .failed: nil
        case .waiting(let until): until
        case .greeting(let until): until
        case .queued: heartbeat?.due
        case .identifying(let until), .resuming(let until):
            min(until, heartbeat?.due ?? until)
        case .live: [heartbeat?.due, requestsDue].compactMap { $0 }.min()
        }
    }

    // MARK: What the shell wants

    package mutating func start(now: Duration) -> [Action] {
        guard case .resting = state else { return [] }
        return connect()
    }

    /// Lets go of the connection in a way that keeps the session; `start` goes on.
    package mutating func suspend() -> [Action] {
        switch state {
        case .failed, .resting: return []
        case .waiting:
            state = .resting
            return []
        case .connecting, .greeting, .queued, .identifying, .resuming, .live:
            state = .resting
            heartbeat = nil
            return [.close(Self.closeKeepingSession)]
        }
    }

    /// Lets go of the connection and of the session: the next one is new.
    package mutating func forgetSession() -> [Action] {
        let actions = suspend()
        _ = loseSession()
        return actions
    }

    /// Asks for all members of a guild as soon as the session is live and Discord's limits allow; once, however often it is
    /// wanted meanwhile. Limits: `MemberRequests`, `SendLimiter`.
    package mutating func requestMembers(
        of guild: Snowflake,
        nonce: String,
        presences: Bool,
        now: Duration
    ) -> [Action] {
        requests.ask(.requestMembers(guild: guild, nonce: nonce, presences: presences), for: guild)
        return sendRequests(now: now)
    }

    /// A chunk was taken in; `isAll`: none is missing any more.
    package mutating func membersCame(of guild: Snowflake, isAll: Bool, now: Duration) -> [Action] {
        requests.heard(of: guild, isAll: isAll, now: now)
        return sendRequests(now: now)
    }

    private mutating func sendRequests(now: Duration) -> [Action] {
        requestsDue = nil
        guard case .live = state else { return [] }
        var actions = requests.takeOverdue(now: now).map { Action.membersMissed($0) }
        while let (guild, command) = requests.ready(now: now) {
            let wait = limiter.admit(now: now)
            guard wait == .zero else {
                requestsDue = now + wait
                break
            }
            requests.sent(guild, now: now)
            actions.append(.send(command))
        }
        requestsDue = [requestsDue, requests.due(now: now)].compactMap { $0 }.min()
        return actions
    }

    // MARK: What happens to the socket

    package mutating func opened(now: Duration) -> [Action] {
        guard case .connecting = state else { return [] }
        state = .greeting(until: now + Self.helloWithin)
        return []
    }

    /// `atLeast`: how long the peer asked to be left alone.
    package mutating func connectFailed(
        now: Duration,
        random: Double,
        atLeast pause: Duration = .zero
    ) -> [Action] {
        guard case .connecting = state else { return [] }
        return wait(max(pause, backoff.next(random: random)), now)
    }

    /// Discord's REST API refused what the gateway would refuse too.
    package mutating func refused(_ code: CloseCode) -> [Action] {
        guard case .connecting = state else { return [] }
        state = .failed(code)
        return [.failed(code)]
    }

    /// `code` nil: dropped without a close frame.
    package mutating func closed(code: UInt16?, now: Duration, random: Double) -> [Action] {
        switch state {
        case .resting, .waiting, .connecting, .failed: return []
        case .greeting, .queued, .identifying, .resuming, .live: break
        }
        switch CloseCode.disposition(of: code) {
        case .fatal:
            heartbeat = nil
            let known = code.flatMap { CloseCode(rawValue: $0) } ?? .unknownError
            state = .failed(known)
            return [.failed(known)]
        case .identify:
            return loseSession() + wait(backoff.next(random: random), now)
        case .resume:
            return wait(backoff.next(random: random), now)
        }
    }

    /// A message that is no JSON came, or no UTF-8: what follows cannot be trusted, and Discord sends again what it was. The
    /// wait grows with each, however useful the connections between were, until there was none for a while.
    package mutating func unreadable(now: Duration, random: Double) -> [Action] {
        switch state {
        case .resting, .waiting, .connecting, .failed: return []
        case .greeting, .queued, .identifying, .resuming, .live: break
        }
        if let last = lastUnreadable, now - last > Self.unreadableForgotten { distrust.reset() }
        lastUnreadable = now
        return reconnect(after: distrust.next(random: random), now: now)
    }

    package mutating func received(_ payload: GatewayPayload, now: Duration, random: Double) -> [Action] {
        switch state {
        case .resting, .waiting, .connecting, .failed: return []
        case .greeting, .queued, .identifying, .resuming, .live: break
        }
        heartbeat?.received()
        switch payload.op {
        case 0: return dispatch(payload, now: now)
        case 1: return beat(now: now, isScheduled: false)
        case 7: return reconnect(after: backoff.next(random: random), now: now)
        case 9:
            guard payload.data?.bool != true else {
                return reconnect(after: backoff.next(random: random), now: now)
            }
            return loseSession() + reconnect(after: .seconds(1) + .seconds(4) * random, now: now)
        case 10: return hello(payload, now: now, random: random)
        case 11:
            heartbeat?.acknowledged(now: now)
            return []
        default: return []
        }
    }

    /// Dispatches that `received` acts on itself; all begin with an R.
    private static let ownNames = ["READY", "RESUMED", "RATE_LIMITED"]

    /// What comes all the time: a dispatch of a live session, in its order. Nil: it is for `received` to say what this is.
    package func nextLive(_ payload: GatewayPayload) -> Dispatch? {
        guard case .live = state, payload.op == 0, let name = payload.name, let sequence = payload.sequence,
            let data = payload.data, let last = session?.sequence, sequence > last,
            !(name.utf8.first == 0x52 && Self.ownNames.contains(name))
        else { return nil }
        return Dispatch(sequence: sequence, name: name, data: data)
    }

    /// What `received` does with what `nextLive` has answered.
    package mutating func tookLive(_ dispatch: Dispatch) {
        heartbeat?.received()
        session?.sequence = dispatch.sequence
        resumesInVain = 0
    }

    package mutating func tick(now: Duration, random: Double) -> [Action] {
        switch state {
        case .resting, .connecting, .failed:
            return []
        case .waiting(let until):
            return now >= until ? connect() : []
        case .greeting(let until):
            return now >= until ? reconnect(after: backoff.next(random: random), now: now) : []
        case .queued:
            return beatIfDue(now: now, random: random)
        case .identifying(let until), .resuming(let until):
            guard now < until else { return reconnect(after: backoff.next(random: random), now: now) }
            return beatIfDue(now: now, random: random)
        case .live:
            return beatIfDue(now: now, random: random) + sendRequests(now: now)
        }
    }

    // MARK: Within a connection

    private mutating func hello(_ payload: GatewayPayload, now: Duration, random: Double) -> [Action] {
        guard case .greeting = state else { return [] }
        connectsInVain = 0
        let interval = Duration.milliseconds(max(1000, payload.data?["heartbeat_interval"]?.int ?? 41_250))
        heartbeat = Heartbeat(interval: interval, due: now + interval * random)
        if let session {
            state = .resuming(until: now + Self.answerWithin)
            _ = limiter.admit(now: now)
            return [.send(.resume(token: token, session: session))]
        }
        state = .queued
        return [.awaitTurn]
    }

    /// The bot may ask for a new session now, and it was counted.
    package mutating func identifyTurn(now: Duration) -> [Action] {
        guard case .queued = state else { return [] }
        _ = limiter.admit(now: now)
        state = .identifying(until: now + Self.answerWithin)
        return [.send(.identify(token: token, intents: intents, shard: shard, count: count))]
    }

    private mutating func dispatch(_ payload: GatewayPayload, now: Duration) -> [Action] {
        if payload.name == "RESUMED" { return resumed(payload) }
        guard let name = payload.name, let sequence = payload.sequence, let data = payload.data else {
            return []
        }
        if name == "READY" { return ready(data, Dispatch(sequence: sequence, name: name, data: data)) }
        guard let last = session?.sequence, sequence > last else { return [] }
        session?.sequence = sequence
        resumesInVain = 0
        let taken = Action.dispatch(Dispatch(sequence: sequence, name: name, data: data))
        guard name == "RATE_LIMITED" else { return [taken] }
        return [taken] + rateLimited(data, now: now)
    }

    /// Of the requests that it can be about, op 8 is the only one that is sent.
    private mutating func rateLimited(_ data: JSONValue, now: Duration) -> [Action] {
        guard data["opcode"]?.int == 8, let guild = data["meta"]?["guild_id"]?.snowflake else { return [] }
        let seconds = min(max(0, data["retry_after"]?.double ?? 0), MemberRequests.pauseMax / .seconds(1))
        requests.refused(guild, pause: .seconds(seconds), now: now)
        return [.membersMissed(guild)]
    }

    private mutating func resumed(_ payload: GatewayPayload) -> [Action] {
        guard case .resuming = state, let last = session?.sequence else { return [] }
        session?.sequence = max(last, payload.sequence ?? last)
        state = .live
        backoff.reset()
        resumesInVain = 0
        return [.resumed]
    }

    private mutating func ready(_ data: JSONValue, _ dispatch: Dispatch) -> [Action] {
        guard case .identifying = state, let id = data["session_id"]?.string else { return [] }
        let new = Session(
            id: id,
            resumeURL: data["resume_gateway_url"]?.string ?? "",
            sequence: dispatch.sequence
        )
        session = new
        state = .live
        backoff.reset()
        resumesInVain = 0
        return [.sessionStarted(new), .dispatch(dispatch)]
    }

    private mutating func beatIfDue(now: Duration, random: Double) -> [Action] {
        guard let heartbeat, now >= heartbeat.due else { return [] }
        guard !heartbeat.isZombie else { return reconnect(after: backoff.next(random: random), now: now) }
        return beat(now: now, isScheduled: true)
    }

    private mutating func beat(now: Duration, isScheduled: Bool) -> [Action] {
        heartbeat?.sent(now: now, isScheduled: isScheduled)
        limiter.heartbeat(now: now)
        return [.send(.heartbeat(sequence: session?.sequence))]
    }

    // MARK: Between connections

    private mutating func connect() -> [Action] {
        state = .connecting
        guard let session, !session.resumeURL.isEmpty,
            connectsInVain % (Self.resumeConnectsMax + 1) < Self.resumeConnectsMax
        else { return [.connect(.gateway)] }
        return [.connect(.resume(url: session.resumeURL))]
    }

    private mutating func reconnect(after delay: Duration, now: Duration) -> [Action] {
        wait(delay, now) + [.close(Self.closeKeepingSession)]
    }

    /// What the connection came to before it ended is counted.
    private mutating func wait(_ delay: Duration, _ now: Duration) -> [Action] {
        var lost: [Action] = []
        switch state {
        case .connecting, .greeting: connectsInVain += 1
        case .resuming: lost = countResumeInVain()
        case .resting, .waiting, .queued, .identifying, .live, .failed: break
        }
        heartbeat = nil
        // The limit is of a connection; so is the place in line.
        limiter = SendLimiter()
        requestsDue = nil
        requests.connectionEnded()
        state = .waiting(until: now + delay)
        return lost
    }

    private mutating func loseSession() -> [Action] {
        guard session != nil else { return [] }
        session = nil
        resumesInVain = 0
        connectsInVain = 0
        return [.sessionLost]
    }

    private mutating func countResumeInVain() -> [Action] {
        guard session != nil else { return [] }
        resumesInVain += 1
        return resumesInVain >= Self.resumesMax ? loseSession() : []
    }
}
