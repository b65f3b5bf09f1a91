import EventBus
import EventModels
package import LinkProtocol

/// Something that is wrong, and what to do about it, in plain words.
package struct SystemProblem: Sendable, Equatable {
    package enum Severity: String, Sendable, CaseIterable { case bad, warn }

    package let severity: Severity
    package let what: String
    package let advice: String

    package static func bad(_ what: String, _ advice: String) -> Self {
        Self(severity: .bad, what: what, advice: advice)
    }

    package static func warn(_ what: String, _ advice: String) -> Self {
        Self(severity: .warn, what: what, advice: advice)
    }

    /// Told at once at most.
    package static let countMax = 50
}

/// Finds what is wrong: a function of the facts alone. Bad ones first.
package enum SystemProblems {
    /// Shards that are told one by one.
    private static let shardsMax = 5
    /// Milliseconds after which what waits is late.
    private static let lateAfter = 10_000
    private static let storedLateAfter = 60_000
    private static let slowAfter = 1_000.0

    package static func find(_ facts: SystemFacts) -> [SystemProblem] {
        let all =
            gateways(facts) + token(facts) + intents(facts) + shards(facts) + waiting(facts) + redis(facts)
            + database(facts) + analytics(facts) + replicas(facts) + versions(facts) + slowness(facts)
        let sorted = all.filter { $0.severity == .bad } + all.filter { $0.severity == .warn }
        return Array(sorted.prefix(SystemProblem.countMax))
    }

    // MARK: Discord's side

    private static func gateways(_ facts: SystemFacts) -> [SystemProblem] {
        facts.gateways.compactMap { look in
            if let reason = look.missing {
                return .bad("No link to the gateway at \(look.address): \(reason)", SystemAdvice.link(reason))
            }
            guard look.report == nil else { return nil }
            return .warn(
                "The gateway at \(look.address) does not say how it is.",
                "If it stays so: it hangs, or is older than this service. Look at its log, restart it, update both."
            )
        }
    }

    private static func token(_ facts: SystemFacts) -> [SystemProblem] {
        guard facts.reports.contains(where: { $0.token == .refused }) else { return [] }
        return [
            .bad(
                "Discord refuses the bot's token.",
                "In the developer portal, under Bot, reset the token, set DISCORD_BOT_TOKEN of the gateway to it "
                    + "and restart the gateway."
            )
        ]
    }

    private static func intents(_ facts: SystemFacts) -> [SystemProblem] {
        facts.reports.compactMap { IntentsLack($0.intents) }.prefix(1).map { .bad($0.what, $0.advice) }
    }

    /// One that was refused for what is told already is not told again.
    private static func shards(_ facts: SystemFacts) -> [SystemProblem] {
        let told = [4004, 4013, 4014]
        let down = facts.shards.filter { $0.phase != .up && !told.contains($0.code ?? 0) }
        var problems = down.prefix(shardsMax).map { shard -> SystemProblem in
            let reason = shard.reason ?? "it is connecting"
            let advice =
                shard.phase == .down
                ? "Do what it says; the gateway's log has more." : "It goes on by itself. Wait a minute."
            let what = "Shard \(shard.name) is not connected to Discord: \(reason)"
            return shard.phase == .down ? .bad(what, advice) : .warn(what, advice)
        }
        if facts.shards.contains(where: { $0.code == 4013 }) {
            problems.append(.bad("Discord does not know one of the intents (4013).", "Update Guildwire."))
        }
        if down.count > shardsMax {
            problems.append(
                .bad("\(down.count - shardsMax) more shards are not connected.", "Look at the gateway's log.")
            )
        }
        problems += facts.reports.compactMap { report in
            guard let reason = report.missing, report.token != .refused else { return nil }
            return .bad("The gateway has no shards yet: \(reason)", "The gateway's log has more.")
        }
        return problems
    }

    private static func waiting(_ facts: SystemFacts) -> [SystemProblem] {
        let late = facts.shards.filter { ($0.waitingFor ?? 0) > lateAfter }
        guard let first = late.max(by: { ($0.waitingFor ?? 0) < ($1.waitingFor ?? 0) }) else { return [] }
        let seconds = (first.waitingFor ?? 0) / 1000
        let what =
            "Events of shard \(first.name) wait for Redis since \(seconds) s (\(first.waiting) of them)."
        let advice =
            first.hasPublisher
            ? "See whether Redis takes what is written to it: memory, disk, permissions."
            : "Nothing is lost for minutes. Start web, or see why no replica is linked to the gateway."
        return [.bad(what, advice)]
    }

    // MARK: Our side

    private static func redis(_ facts: SystemFacts) -> [SystemProblem] {
        switch facts.redis {
        case .notSet, .up(_, _, nil): return []
        case .down(let reason):
            return [.bad("Redis does not answer: \(reason)", "Start Redis, and see that REDIS_URL names it.")]
        case .up:
            return [
                .warn(
                    "Redis keeps no append-only file: killed, it comes back minutes older.",
                    SystemAdvice.keepRedisDurable
                )
            ]
        }
    }

    private static func database(_ facts: SystemFacts) -> [SystemProblem] {
        switch facts.database {
        case .notSet, .up(_, _, nil): return []
        case .down(let reason):
            return [
                .bad(
                    "PostgreSQL does not answer: \(reason)",
                    "Start PostgreSQL, and see that DATABASE_URL names it."
                )
            ]
        case .up:
            return [.bad("The database has no tables yet.", SystemAdvice.makeTables)]
        }
    }

    private static func analytics(_ facts: SystemFacts) -> [SystemProblem] {
        guard facts.seen != nil, facts.database != .notSet else { return [] }
        guard !facts.analytics.isEmpty else {
            return [
                .bad(
                    "Analytics is not there: nothing is stored.",
                    SystemAdvice.startAnalytics
                        + " What happened meanwhile is stored then, as far as Redis still has it."
                )
            ]
        }
        var problems = facts.analytics.compactMap { seen -> SystemProblem? in
            seen.record.missing.map { .bad("Analytics cannot do its work: \($0)", "Its log has more.") }
        }
        let late = facts.stored.values.filter { ($0.milliseconds ?? 0) > storedLateAfter }
        if let worst = late.max(by: { ($0.milliseconds ?? 0) < ($1.milliseconds ?? 0) }) {
            problems.append(
                .warn(
                    "History of shard \(worst.shard) is \((worst.milliseconds ?? 0) / 1000) s behind.",
                    "It catches up by itself. If it grows, PostgreSQL is too slow for what happens."
                )
            )
        }
        return problems
    }

    private static func replicas(_ facts: SystemFacts) -> [SystemProblem] {
        let others = facts.seen?.map(\.record).filter { $0.name == .web && $0.id != facts.own.id } ?? []
        return ([facts.own] + others).compactMap { record in
            record.missing.map {
                .bad("The web service \(record.id) is not ready: \($0)", "Its log has more.")
            }
        }
    }

    private static func versions(_ facts: SystemFacts) -> [SystemProblem] {
        let all =
            facts.reports.map(\.version) + [facts.own.version] + (facts.seen ?? []).map(\.record.version)
        let versions = Set(all).sorted()
        guard versions.count > 1 else { return [] }
        return [
            .warn(
                "Services of different versions run together: \(versions.prefix(5).joined(separator: ", ")).",
                "Update all of them to the same one."
            )
        ]
    }

    private static func slowness(_ facts: SystemFacts) -> [SystemProblem] {
        var problems: [SystemProblem] = []
        if let p95 = facts.log.p95, p95 > slowAfter {
            problems.append(
                .warn(
                    "Events take \(Int(p95)) ms from the gateway to this replica.",
                    "See whether Redis or this machine is busy, and whether the clocks of the hosts agree."
                )
            )
        }
        if let p95 = facts.delivery.p95, p95 > slowAfter {
            problems.append(
                .warn(
                    "Viewers are sent events \(Int(p95)) ms after this replica has them.",
                    "This machine is busy: give it more cores, or run another web service beside it."
                )
            )
        }
        return problems
    }
}

/// What is wrong with the privileged intents; nil: nothing.
package struct IntentsLack: Sendable, Equatable {
    package let what: String
    package let advice: String

    package init?(_ intents: GatewayReport.Intents) {
        let off = intents.off ?? []
        guard !off.isEmpty || !intents.refused.isEmpty else { return nil }
        guard off.isEmpty, intents.off != nil else {
            let names = (off.isEmpty ? intents.refused : off).map { Self.switches[$0] ?? $0 }
            what = "Discord does not give the bot these intents: \(names.joined(separator: ", "))."
            advice =
                "In the developer portal, under Bot, Privileged Gateway Intents, switch them on and save"
                + (intents.refused.isEmpty ? "." : ", then restart the gateway.")
            return
        }
        what =
            "Discord refused the privileged intents (4014) when the gateway connected; they are switched on by now."
        advice = "Restart the gateway."
    }

    /// As the developer portal calls them.
    private static let switches = [
        "GUILD_MEMBERS": "Server Members Intent", "GUILD_PRESENCES": "Presence Intent",
        "MESSAGE_CONTENT": "Message Content Intent",
    ]
}
