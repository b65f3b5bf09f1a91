internal import DiscordProtocol
internal import EventLoop
internal import JSON
internal import Lifecycle
internal import Telemetry

extension Shard {
    /// What the machine asks for and what takes time, one after the other.
    enum Work {
        case connect(GatewayMachine.Target, DiscordConnection)
        case awaitTurn(DiscordConnection)
    }

    func workLoop() async {
        for await work in works {
            if Task.isCancelled { return }
            switch work {
            case .connect(let target, let connection): await open(target, connection)
            case .awaitTurn(let connection): await awaitTurn(connection)
            }
        }
    }

    /// A new session is counted before it is asked for; what cannot be counted is not asked for.
    private func awaitTurn(_ connection: DiscordConnection) async {
        guard self.connection === connection else { return }
        do {
            let isGranted = try await turn(connection.number)
            guard isGranted, self.connection === connection else { return }
            if !isDiskFailing, isStateMissing {
                isStateMissing = false
                readiness.set("state", of: name, missing: nil)
            }
            perform(machine.identifyTurn(at: moment))
        } catch {
            guard self.connection === connection else { return }
            log.error(
                "a new session cannot be counted on disk, so none is asked for",
                [.reason: .error(error)]
            )
            connection.close(code: GatewayMachine.closeKeepingSession)
            forgetConnection()
            isStateMissing = true
            readiness.set("state", of: name, missing: "the state folder cannot be written: \(error)")
            perform(machine.closed(code: nil, at: moment))
        }
    }

    /// Who is being ended leaves the line.
    private func turn(_ number: Int) async throws -> Bool {
        let (line, name) = (line, name)
        return try await withTaskCancellationHandler {
            try await line.turn(of: name, connection: number)
        } onCancel: {
            Task { await line.leave(name, number) }
        }
    }

    func forgetConnection() {
        guard let number = connection?.number else { return }
        connection = nil
        Task { [line, name] in await line.leave(name, number) }
    }

    /// The connection is the shard's from the moment it is asked for: one that was asked for and let go again before its
    /// turn came is passed over.
    func begin(_ target: GatewayMachine.Target) {
        connectionsMade += 1
        let connection = DiscordConnection(
            number: connectionsMade,
            shard: self,
            compression: config.compression,
            loop: loop
        )
        self.connection = connection
        workDue.yield(.connect(target, connection))
    }

    private func open(_ target: GatewayMachine.Target, _ connection: DiscordConnection) async {
        guard self.connection === connection else { return }
        do {
            let url = try await address(target)
            guard self.connection === connection else { return }
            log.info("connecting to Discord", [.url: .string(url)])
            try await connection.open(GatewayURL.connect(url, compression: config.compression))
            guard self.connection === connection else { return }
            perform(machine.opened(at: moment))
        } catch {
            guard self.connection === connection, !Task.isCancelled else { return }
            connectFailed(error)
        }
    }

    func connectFailed(_ error: any Error) {
        forgetConnection()
        if case DiscordREST.Failure.unauthorized = error {
            return perform(machine.refused(.authenticationFailed, at: moment))
        }
        metrics.connectFailures.increment()
        var pause = Duration.zero
        if case DiscordREST.Failure.refused(_, let wait?) = error { pause = wait }
        if let budget = error as? SessionBudgetSpent { pause = budget.resetAfter }
        if let budget = error as? IdentifyBudgetSpent { pause = budget.wait }
        log.warning("cannot connect to Discord", [.reason: .error(error)])
        readiness.set("discord", of: name, missing: "cannot connect to Discord: \(error)")
        perform(machine.connectFailed(atLeast: pause, at: moment))
    }

    private func address(_ target: GatewayMachine.Target) async throws -> String {
        if case .resume(let url) = target { return url }
        if machine.gateway.session == nil { try await checkIdentifyBudget() }
        let answer = try await lookup.gatewayBot()
        if machine.gateway.session == nil, answer.sessionsLeft <= 0 {
            throw SessionBudgetSpent(resetAfter: max(.seconds(60), answer.resetAfter))
        }
        return answer.url
    }

    /// A long wait is waited without a connection.
    private func checkIdentifyBudget() async throws {
        let budget = try await ledger.budget()
        let wall = moment.wall
        let wait = budget.wait(shard: name, wall: wall)
        let count = budget.counted(wall: wall).count
        metrics.identifiesDay.set(count)
        guard wait > .zero else { return }
        metrics.identifiesHeld.increment()
        throw IdentifyBudgetSpent(wait: wait, count: count)
    }

    // MARK: The connection's calls, on the loop

    /// Messages that came together, in their order.
    nonisolated func received(_ texts: InflatedTexts, from number: Int) {
        guard !texts.ends.isEmpty else { return }
        assumeIsolated { shard in
            let documents = JSONDocuments(parsing: texts.bytes, ends: texts.ends)
            for index in texts.ends.indices {
                guard shard.connection?.number == number else { return }
                do throws(GatewayPayloadError) {
                    shard.received(try GatewayPayload(index, of: documents))
                } catch {
                    let start = index == 0 ? 0 : texts.ends[index - 1]
                    shard.unreadable(error, texts.ends[index] - start)
                }
            }
            shard.askForFlush()
        }
    }

    private func received(_ payload: GatewayPayload) {
        if !payload.isKnown { metrics.unknownPayloads.increment() }
        if let record = machine.receivedLive(payload, wall: WallClock.unixMilliseconds()) {
            metrics.dispatched(payload.name ?? "")
            waiting.append(record)
            // What is too much with it, is let go of with it.
            return machine.isOverfull ? perform(machine.lookForRoom(moment)) : ()
        }
        perform(machine.received(payload, at: moment))
        if payload.op == 11, let latency = machine.gateway.latency {
            own.heartbeatSeconds.set(latency.inSeconds)
        }
    }

    /// What is JSON without an opcode has no meaning here and is passed over; behind what is none nothing can be trusted.
    private func unreadable(_ error: GatewayPayloadError, _ count: Int) {
        metrics.badPayloads.increment()
        log.error(
            "a message of Discord could not be read",
            [.reason: "\(error)", .bytes: .int(count)]
        )
        guard case .notJSON = error else { return }
        perform(machine.unreadable(at: moment))
    }

    nonisolated func closed(by number: Int, code: UInt16?, reason: String) {
        assumeIsolated { shard in
            guard shard.connection?.number == number else { return }
            shard.forgetConnection()
            shard.log.notice(
                "Discord's connection ended",
                [.code: .int(Int(code ?? 1006)), .reason: .string(reason)]
            )
            shard.perform(shard.machine.closed(code: code, at: shard.moment))
        }
    }
}

/// Discord would end every session and reset the token if one more were started today.
struct SessionBudgetSpent: Error, CustomStringConvertible {
    let resetAfter: Duration
    var description: String {
        "today's budget of new sessions is spent, waiting \(resetAfter.components.seconds) s"
    }
}
