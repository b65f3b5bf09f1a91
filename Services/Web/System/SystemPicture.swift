import EventBus
import EventModels
import JSON
import LinkProtocol

/// `GET /api/system`: the facts as people are shown them. Pure.
package struct SystemPicture: Sendable {
    package enum State: String, Sendable, CaseIterable { case up, degraded, down, unknown }

    package struct Service: Sendable, Equatable {
        package let name: String
        package let id: String
        package var state: State
        package var version: String?
        package var since: Int64?
        package var seen: Int64?
        package var detail: String?
        package var advice: String?
    }

    package let facts: SystemFacts
    package let services: [Service]
    package let problems: [SystemProblem]

    package init(_ facts: SystemFacts) {
        self.facts = facts
        problems = SystemProblems.find(facts)
        services =
            facts.gateways.map { Self.gateway($0, facts) } + Self.replicas(facts) + Self.analytics(facts)
            + [Self.redis(facts), Self.postgres(facts)]
    }

    private static func gateway(_ look: GatewayLook, _ facts: SystemFacts) -> Service {
        var service = Service(name: "gateway", id: look.report?.gateway ?? look.address, state: .unknown)
        if let reason = look.missing {
            service.state = .down
            service.detail = reason
            service.advice = SystemAdvice.link(reason)
        } else if let report = look.report {
            let up = report.shards.count { $0.phase == .up }
            service.state = up == report.shards.count && up > 0 ? .up : up > 0 ? .degraded : .down
            service.version = report.version
            service.since = report.since
            service.seen = facts.now
            service.detail =
                report.missing ?? "\(up) of \(report.shards.count) shards are connected to Discord"
            if report.token == .accepted, report.shards.contains(where: { $0.phase == .connecting }), up == 0
            {
                service.state = .degraded
            }
        } else {
            service.detail = "linked, but it does not say how it is"
        }
        return service
    }

    private static func replicas(_ facts: SystemFacts) -> [Service] {
        let others = facts.seen?.filter { $0.record.name == .web && $0.record.id != facts.own.id } ?? []
        return [Self.service(facts.own, age: 0, facts)]
            + others.map { Self.service($0.record, age: $0.age, facts) }
    }

    private static func service(_ record: ServiceRecord, age: Int64, _ facts: SystemFacts) -> Service {
        var service = Service(name: record.name.rawValue, id: record.id, state: .up)
        if record.missing != nil { service.state = .degraded }
        service.version = record.version
        service.since = record.since
        service.seen = facts.now - age
        service.detail = record.missing
        return service
    }

    private static func analytics(_ facts: SystemFacts) -> [Service] {
        guard facts.analytics.isEmpty else {
            return facts.analytics.map { Self.service($0.record, age: $0.age, facts) }
        }
        var service = Service(name: "analytics", id: "analytics", state: .unknown)
        switch (facts.seen, facts.redis) {
        case (_, .notSet): service.detail = "without REDIS_URL nobody can say"
        case (nil, _): service.detail = "Redis does not answer, so nobody can say"
        case (_?, _):
            service.state = .down
            service.detail = "has not been heard of for 30 s"
            service.advice = SystemAdvice.startAnalytics
        }
        return [service]
    }

    private static func redis(_ facts: SystemFacts) -> Service {
        var service = peer("redis", facts.redis, facts)
        if facts.redis == .notSet {
            service.detail = "REDIS_URL is not set: the bus is in this process' memory, for one replica"
        } else if service.state == .degraded {
            service.detail = "keeps no append-only file"
            service.advice = SystemAdvice.keepRedisDurable
        }
        return service
    }

    private static func postgres(_ facts: SystemFacts) -> Service {
        var service = peer("postgres", facts.database, facts)
        if facts.database == .notSet {
            service.detail = "DATABASE_URL is not set: no history, keys, presets or settings"
        } else if service.state == .degraded {
            service.detail = "has no tables yet"
            service.advice = SystemAdvice.makeTables
        }
        return service
    }

    private static func peer(_ name: String, _ peer: SystemFacts.Peer, _ facts: SystemFacts) -> Service {
        var service = Service(name: name, id: name, state: .unknown)
        switch peer {
        case .notSet: break
        case .down(let reason):
            service.state = .down
            service.detail = reason
            service.advice = "Start it, and see that the setting names its address."
        case .up(let version, let since, let lack):
            service.state = lack == nil ? .up : .degraded
            service.version = version
            service.since = since
            service.seen = facts.now
        }
        return service
    }
}

extension SystemPicture {
    /// Without details: states and latencies alone, and no ids.
    package func encoded(detailed: Bool) -> [UInt8] {
        var writer = JSONWriter(reserving: 4_096)
        writer.beginObject()
        writer.member("now", facts.now)
        writer.member("version", detailed ? facts.own.version : nil)
        writer.member("detailed", detailed)
        writer.key("services")
        writer.beginArray()
        for (index, service) in services.enumerated() {
            write(service, number: index + 1, detailed, into: &writer)
        }
        writer.endArray()
        writer.key("shards")
        writer.beginArray()
        for shard in facts.shards { write(shard, detailed, into: &writer) }
        writer.endArray()
        writer.key("hops")
        writer.beginArray()
        write(heartbeats, "gateway", into: &writer)
        write(facts.log, "log", into: &writer)
        write(facts.delivery, "delivery", into: &writer)
        writer.endArray()
        writer.key("problems")
        writer.beginArray()
        for problem in detailed ? problems : [] {
            writer.beginObject()
            writer.member("what", problem.what)
            writer.member("advice", problem.advice)
            writer.member("severity", problem.severity.rawValue)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.takeBytes()
    }

    private func write(_ service: Service, number: Int, _ detailed: Bool, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", service.name)
        writer.member("id", detailed ? service.id : String(number))
        writer.member("state", service.state.rawValue)
        writer.member("version", detailed ? service.version : nil)
        write("since", detailed ? service.since : nil, into: &writer)
        write("seen", detailed ? service.seen : nil, into: &writer)
        writer.member("detail", detailed ? service.detail : nil)
        writer.member("advice", detailed ? service.advice : nil)
        writer.endObject()
    }

    private func write(_ key: StaticString, _ time: Int64?, into writer: inout JSONWriter) {
        if let time { writer.member(key, time) } else { writer.memberNull(key) }
    }

    private func write(_ shard: GatewayReport.Shard, _ detailed: Bool, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("shard", shard.name.description)
        writer.member("state", shard.phase.rawValue)
        writer.member("latency", shard.latency)
        writer.member("guilds", detailed ? shard.guilds : nil)
        writer.member("publisher", shard.hasPublisher)
        writer.key("lag")
        write(events: shard.waiting, milliseconds: shard.waitingFor ?? 0, into: &writer)
        writer.key("stored")
        if let stored = facts.stored[shard.name] {
            write(events: stored.events, milliseconds: stored.milliseconds, into: &writer)
        } else {
            writer.null()
        }
        writer.member("detail", detailed && shard.phase != .up ? shard.reason : nil)
        writer.endObject()
    }

    private func write(events: Int?, milliseconds: Int?, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("events", events)
        writer.member("milliseconds", milliseconds)
        writer.endObject()
    }

    /// Of the shards' last heartbeats.
    private var heartbeats: HopWindow.Figures {
        let all = facts.shards.compactMap(\.latency).sorted().map(Double.init)
        func quantile(_ share: Double) -> Double? {
            all.isEmpty ? nil : all[min(all.count - 1, Int(Double(all.count) * share))]
        }
        return .init(p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99), count: all.count)
    }

    private func write(_ hop: HopWindow.Figures, _ name: String, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", name)
        for (key, value) in [("p50", hop.p50), ("p95", hop.p95), ("p99", hop.p99)] {
            writer.key(text: key)
            // To a hundredth: more is not measured.
            if let value { writer.double((value * 100).rounded() / 100) } else { writer.null() }
        }
        writer.member("count", hop.count)
        writer.endObject()
    }
}
