package import EventBus
package import Lifecycle
package import Telemetry

/// Looks after the hub: tells it of new shards, saves snapshots, and keeps what `/api/ready` says current.
package struct HubKeeper: Service {
    private let hub: Hub
    private let bus: any EventBus
    private let receivers: [LinkReceiver]
    private let readiness: Readiness
    private let log: Log

    private static let interval = Duration.milliseconds(500)
    /// Turns between two saves of the snapshots that are due.
    private static let turnsPerSave = 10
    /// Turns between two looks at how Redis keeps its data.
    private static let turnsPerDurability = 2

    package init(hub: Hub, bus: any EventBus, receivers: [LinkReceiver], readiness: Readiness, log: Log) {
        self.hub = hub
        self.bus = bus
        self.receivers = receivers
        self.readiness = readiness
        self.log = log
    }

    package func run() async throws {
        for receiver in receivers { await receiver.connect() }
        var turn = 0
        while !Task.isCancelled {
            await look(on: hub, asksDurability: turn.isMultiple(of: Self.turnsPerDurability))
            turn += 1
            if turn.isMultiple(of: Self.turnsPerSave) {
                // All of it first: a log that has lost its end must not wait for what is written.
                for receiver in receivers { await receiver.tendLogs() }
                for receiver in receivers { await hub.saveSnapshots(of: receiver.published) }
                await hub.trimRetired()
            }
            do { try await Task.sleep(for: Self.interval) } catch { break }
        }
        await withTaskGroup(of: Void.self) { group in
            for receiver in receivers { group.addTask { await receiver.stop() } }
        }
        await hub.stop()
    }

    /// On the hub's loop, where the bus and the links are too: asked from elsewhere, each question would wake two threads.
    private func look(on hub: isolated Hub, asksDurability: Bool) async {
        do {
            await hub.know(try await bus.shards())
            let identity = try await bus.identity()
            for receiver in receivers { await receiver.busIs(identity) }
            let connections = (bus as? RedisBus)?.connections ?? 0
            hub.busIs(BusLife(identity: identity, connections: connections))
            readiness.set("bus", missing: nil)
            if asksDurability, let redis = bus as? RedisBus {
                let isDurable = try await redis.isDurable()
                readiness.note(
                    "redis",
                    missing: isDurable != false ? nil : "Redis runs without an append-only file"
                )
            }
        } catch {
            for receiver in receivers { await receiver.busFailed("\(error)") }
            readiness.set("bus", missing: "Redis does not answer: \(error)")
        }
        readiness.set("log", missing: hub.missing)
        var away: [String] = []
        for receiver in receivers { if let reason = await receiver.missing { away.append(reason) } }
        readiness.note("gateway", missing: away.isEmpty ? nil : away.joined(separator: "; "))
    }
}
