internal import Base
package import DiscordProtocol
internal import EventModels

extension ShardMachine {
    /// What the session's machine wants, with what follows from it here.
    mutating func perform(_ wishes: [GatewayMachine.Action], _ moment: Moment) -> [Action] {
        var actions: [Action] = []
        for wish in wishes { actions += perform(wish, moment) }
        return actions
    }

    private mutating func perform(_ wish: GatewayMachine.Action, _ moment: Moment) -> [Action] {
        switch wish {
        case .connect(let target): return [.connect(target)]
        case .send(let command): return [.send(command)]
        case .awaitTurn: return [.awaitTurn]
        case .close(let code):
            return [.close(code), .discord(missing: "the connection to Discord is being made anew")]
        case .sessionStarted(let session): return began(session, moment)
        case .sessionLost:
            return [journal(.sessionLost, moment), .note(.sessionLost)]
        case .resumed:
            var actions: [Action] = [
                .note(.resumed(sequence: gateway.session?.sequence ?? 0)), .discord(missing: nil),
            ]
            for guild in folded.state.guilds.ids { actions += requestMissingMembers(of: guild, moment) }
            return actions
        case .dispatch(let dispatch): return took(dispatch, moment)
        case .membersMissed(let guild): return requestMissingMembers(of: guild, moment)
        case .failed(let code): return [.note(.refused(code)), .discord(missing: code.remedy)]
        }
    }

    /// Where the folder holds no epoch and no replica has told a log's top, nothing says what is high enough: then the
    /// session's epoch is chosen when the first replica links, before which no event could leave anyway.
    private mutating func began(_ session: Session, _ moment: Moment) -> [Action] {
        let isChosen = openSessions == 0 && (epoch > 0 || topEpoch != nil)
        if isChosen { epoch = nextEpoch(moment) } else { openSessions += 1 }
        let chosen = isChosen ? epoch : nil
        var actions = [
            journal(.sessionBegan(id: session.id, resumeURL: session.resumeURL, epoch: chosen), moment)
        ]
        if let chosen { actions.append(.setEpoch(chosen)) }
        return actions + [.note(.sessionStarted(epoch: chosen)), .discord(missing: nil)]
    }

    mutating func chooseEpochs(_ moment: Moment) -> [Action] {
        epoch = nextEpoch(moment) + UInt64(openSessions - 1)
        openSessions = 0
        return [journal(.epochChosen(epoch), moment), .setEpoch(epoch), .note(.epochChosen(epoch))]
    }

    /// The clock, where it is above every epoch of our own and of every log that a replica named. Where it is not, above
    /// those, and by chance higher still: two gateways that begin at once must not choose the same, which neither could
    /// tell from its own.
    private func nextEpoch(_ moment: Moment) -> UInt64 {
        let (clock, used) = (UInt64(max(0, moment.wall)), max(epoch, topEpoch ?? 0))
        return clock > used ? clock : used + 1 + UInt64(moment.random * Double(Self.epochSpread))
    }

    /// In milliseconds, as the clock is.
    private static let epochSpread = 1 << 16

    private mutating func took(_ dispatch: Dispatch, _ moment: Moment) -> [Action] {
        var input = JournalRecord.Input.passed(sequence: dispatch.sequence)
        var actions = [Action.note(.dispatched(name: dispatch.name))]
        switch settings.fold.read(dispatch) {
        case .taken:
            input = .dispatch(dispatch)
            takeInteraction(dispatch, moment)
        case .passed: break
        case .notUnderstood(let problem): actions += Self.aside(dispatch, problem, wall: moment.wall)
        }
        let isSample = dispatch.sequence % KnownFields.sampledOf == 0
        if isSample {
            let count = KnownFields.unknown(in: dispatch.data)
            if count > 0 { actions.append(.note(.unknownFields(count))) }
        }
        if isSample || !KnownValues.isSampled(DispatchKind(name: dispatch.name)) {
            let counts = KnownValues.unknown(in: dispatch)
            if !counts.isEmpty { actions.append(.note(.unknownValues(counts))) }
        }
        actions.append(journal(input, moment))
        return actions + lookForRoom(moment)
    }

    /// `received` for what comes all the time, without the way through actions: the record to journal of a dispatch of a live
    /// session that is understood, while there is room. Nil: `received` is to be asked.
    package mutating func receivedLive(_ payload: GatewayPayload, wall: Int64) -> JournalRecord? {
        guard !isWaitingForRoom, !isStopping, !isSuperseded, !isOverfull,
            let dispatch = gateway.nextLive(payload), dispatch.sequence % KnownFields.sampledOf != 0
        else { return nil }
        switch settings.fold.read(dispatch) {
        case .taken(let target):
            // Of other kinds `took` looks at the values too.
            guard KnownValues.isSampled(target.kind) else { return nil }
            gateway.tookLive(dispatch)
            return keep(.dispatch(dispatch), wall: wall, target)
        case .passed:
            guard KnownValues.isSampled(DispatchKind(name: dispatch.name)) else { return nil }
            gateway.tookLive(dispatch)
            return keep(.passed(sequence: dispatch.sequence), wall: wall)
        case .notUnderstood: return nil
        }
    }

    /// A large guild arrives without most of those who are offline.
    mutating func requestMissingMembers(of guild: Snowflake, _ moment: Moment) -> [Action] {
        guard folded.state.lacksMembers(of: guild) else { return [] }
        // Tells the chunks of this request from those of an earlier one.
        let nonce = "\(gateway.session?.sequence ?? 0).\(moment.wall)"
        let isHuge = (folded.state.guilds[guild]?.members ?? 0) > Self.presencesMembersMax
        let wishes = gateway.requestMembers(of: guild, nonce: nonce, presences: isHuge, now: moment.now)
        return perform(wishes, moment)
    }

    /// A GUILD_CREATE of more members names the presence of nobody but the bot and who is in voice.
    private static let presencesMembersMax = 75_000

    // MARK: Room

    var isOverfull: Bool {
        isWindowFull || pendingBytes + folded.parkedBytes > settings.limits.pendingBytesMax
            || journalBytes > settings.limits.journalBytesLimit
    }

    private var hasRoom: Bool {
        windowHasRoom && pendingBytes + folded.parkedBytes <= settings.limits.pendingBytesMax / 2
            && journalBytes <= settings.limits.journalBytesLimit / 2
    }

    /// Lets go of Discord where too much waits, and goes back when half of it is gone.
    mutating func lookForRoom(_ moment: Moment) -> [Action] {
        guard !isStopping, !isSuperseded else { return [] }
        if isOverfull, !isWaitingForRoom {
            isWaitingForRoom = true
            let closing = perform(gateway.suspend(), moment)
            let reason = "too much waits for the bus or the disk; the session will be resumed"
            return closing + [.note(.lettingGo), .discord(missing: reason)]
        }
        guard isWaitingForRoom, hasRoom else { return [] }
        isWaitingForRoom = false
        return [.note(.goingBack)] + perform(gateway.start(now: moment.now), moment)
    }
}
