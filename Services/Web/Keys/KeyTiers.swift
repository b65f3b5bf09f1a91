import Base
import EventLoop
package import PostgresClient

/// Each key's figures, at hand without asking: of the keys that were seen of late, learnt from PostgreSQL every `interval`.
///
/// A key that is new here has the standard tier until it is learnt, which is asked for at once; while PostgreSQL is away keys have
/// what they had.
package final class KeyTiers: QuotaSource {
    /// Of a new key.
    package static let standard = "free"
    /// Where nobody knows better: the standard tier as it is made by the migration.
    package static let figures = KeyTier(
        name: standard,
        perMinute: FreeQuota.quota.perMinute,
        perDay: FreeQuota.quota.perDay
    )
    /// Keys whose figures are known at a time; past it all are forgotten, and asked for again.
    package static let countMax = 4_096
    /// Figures are no older, while PostgreSQL answers.
    package static let interval = Duration.seconds(10)

    private struct State {
        var tiers: [String: KeyTier] = [:]
        /// Seen and not learnt yet.
        var unknown: Set<String> = []
        var isAsking = false
    }

    private let database: PostgresClient?
    private let state = Locked(State())

    package init(_ database: PostgresClient?) { self.database = database }

    /// Never waits. Any thread.
    package func quota(of key: KeyGrant) -> KeyQuota {
        let (tier, mustAsk) = state.withLock { state -> (KeyTier?, Bool) in
            if let tier = state.tiers[key.id] { return (tier, false) }
            guard database != nil, state.unknown.count < Self.countMax else { return (nil, false) }
            let isNew = state.unknown.insert(key.id).inserted
            guard isNew, !state.isAsking else { return (nil, false) }
            state.isAsking = true
            return (nil, true)
        }
        if mustAsk { Task { await learn() } }
        return (tier ?? Self.figures).quota
    }

    /// Learns those that are new.
    private func learn() async {
        let unknown = state.withLock { $0.unknown }
        _ = await ask(unknown)
        let isMore = state.withLock { state in
            state.unknown.subtract(unknown)
            state.isAsking = !state.unknown.isEmpty
            return state.isAsking
        }
        if isMore { await learn() }
    }

    /// Learns all that are known anew. False where PostgreSQL did not answer.
    @discardableResult package func refresh() async -> Bool {
        await ask(state.withLock { Set($0.tiers.keys) })
    }

    /// What was changed here counts here at once.
    func forgetAll() { state.withLock { $0.tiers = [:] } }

    private func ask(_ keys: Set<String>) async -> Bool {
        guard let database, !keys.isEmpty else { return true }
        let select = """
            SELECT k.id, t.name, t.per_minute, t.per_day FROM access_keys k JOIN api_tiers t ON t.name = k.tier
            WHERE k.id = ANY ($1::text[])
            """
        do throws(PostgresError) {
            let rows = try await database.query(select, [.array(keys)])
            state.withLock { state in
                if state.tiers.count + rows.count > Self.countMax { state.tiers = [:] }
                // One that has no row any more, or none yet, has the standard.
                for key in keys where state.tiers[key] == nil { state.tiers[key] = Self.figures }
                for row in rows.all.prefix(Self.countMax) {
                    if let id = row.string("id"), let tier = KeyTier(row) { state.tiers[id] = tier }
                }
            }
            return true
        } catch {
            return false
        }
    }
}

extension PostgresValue {
    /// For `$n::text[]`; of texts without commas, quotes and braces, such as keys' ids.
    static func array(_ texts: some Sequence<String>) -> PostgresValue {
        .text("{\(texts.joined(separator: ","))}")
    }

    /// For `$n::bigint[]`.
    static func array(_ numbers: some Sequence<Int64>) -> PostgresValue {
        .text("{\(numbers.map(String.init).joined(separator: ","))}")
    }
}
