internal import Base
internal import EventModels
internal import Lifecycle

/// What the process' shards lack, told at `/ready` as one line for each thing: which shards, and why the first of them does.
final class FleetReadiness: Sendable {
    private let readiness: Readiness
    private let lacks = Locked<[String: [ShardName: String]]>([:])

    init(_ readiness: Readiness) { self.readiness = readiness }

    /// Until each of them has said otherwise.
    func expect(_ shards: [ShardName]) {
        for shard in shards { set("discord", of: shard, missing: "not there yet") }
    }

    func set(_ name: StaticString, of shard: ShardName, missing reason: String?) {
        lacks.withLock { lacks in
            readiness.set(name, missing: Self.change(&lacks[name.description, default: [:]], shard, reason))
        }
    }

    func note(_ name: StaticString, of shard: ShardName, missing reason: String?) {
        lacks.withLock { lacks in
            readiness.note(name, missing: Self.change(&lacks[name.description, default: [:]], shard, reason))
        }
    }

    /// Why a shard cannot do its work: what it lacks with Discord first.
    func lack(of shard: ShardName) -> String? {
        let reasons = lacks.withLock { lacks in lacks.compactMapValues { $0[shard] } }
        return reasons["discord"] ?? reasons.min { $0.key < $1.key }?.value
    }

    private static func change(_ lacks: inout [ShardName: String], _ shard: ShardName, _ reason: String?)
        -> String?
    {
        lacks[shard] = reason
        guard let first = lacks.keys.min(), let reason = lacks[first] else { return nil }
        guard first.count > 1 else { return reason }
        let others = lacks.count == 1 ? "" : " and \(lacks.count - 1) more"
        return "shard \(first)\(others): \(reason)"
    }
}
