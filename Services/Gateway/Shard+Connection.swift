internal import DiscordProtocol
internal import EventLoop
internal import Telemetry

extension Shard {
    /// Opens what the machine asks for, one attempt after the other.
    func connectLoop() async {
        for await target in targets {
            if Task.isCancelled { return }
            await open(target)
        }
    }

    func open(_ target: GatewayMachine.Target) async {
        connectionsMade += 1
        let connection = DiscordConnection(
            number: connectionsMade,
            shard: self,
            compression: config.compression,
            loop: loop
        )
        self.connection = connection
        do {
            let url = try await address(target)
            guard self.connection === connection else { return }
            log.info("connecting to Discord", [.url: .string(url)])
            try await connection.open(GatewayURL.connect(url, compression: config.compression))
            guard self.connection === connection else { return }
            perform(machine.opened(now: loop.now))
        } catch {
            guard self.connection === connection, !Task.isCancelled else { return }
            connectFailed(error)
        }
    }

    func connectFailed(_ error: any Error) {
        connection = nil
        if case DiscordREST.Failure.unauthorized = error {
            return perform(machine.refused(.authenticationFailed))
        }
        metrics.connectFailures.increment()
        var pause = Duration.zero
        if case DiscordREST.Failure.refused(_, let wait?) = error { pause = wait }
        if let budget = error as? SessionBudgetSpent { pause = budget.resetAfter }
        log.warning("cannot connect to Discord", [.reason: .error(error)])
        notReady("cannot connect to Discord: \(error)")
        perform(machine.connectFailed(now: loop.now, random: RandomSource.unit(), atLeast: pause))
    }

    func address(_ target: GatewayMachine.Target) async throws -> String {
        if case .resume(let url) = target { return url }
        let answer = try await rest.gatewayBot()
        if machine.session == nil, answer.sessionsLeft <= 0 {
            throw SessionBudgetSpent(resetAfter: max(.seconds(60), answer.resetAfter))
        }
        return answer.url
    }

    // MARK: The connection's calls, on the loop

    nonisolated func received(_ bytes: [UInt8], from number: Int) {
        assumeIsolated { shard in
            guard shard.connection?.number == number else { return }
            shard.received(bytes)
        }
    }

    func received(_ bytes: [UInt8]) {
        let payload: GatewayPayload
        do throws(GatewayPayloadError) { payload = try GatewayPayload(parsing: bytes) } catch {
            metrics.badPayloads.increment()
            return log.error(
                "a message of Discord could not be read",
                [.reason: "\(error)", .bytes: .int(bytes.count)]
            )
        }
        let now = loop.now
        let greeting = machine.opened(now: now)
        perform(greeting + machine.received(payload, now: now, random: RandomSource.unit()))
        if payload.op == 11, let latency = machine.latency { metrics.heartbeatSeconds.set(latency.inSeconds) }
    }

    nonisolated func closed(by number: Int, code: UInt16?, reason: String) {
        assumeIsolated { shard in
            guard shard.connection?.number == number else { return }
            shard.connection = nil
            shard.log.notice(
                "Discord's connection ended",
                [.code: .int(Int(code ?? 1006)), .reason: .string(reason)]
            )
            shard.notReady("the connection to Discord ended")
            _ = shard.machine.opened(now: shard.loop.now)
            shard.perform(shard.machine.closed(code: code, now: shard.loop.now, random: RandomSource.unit()))
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
