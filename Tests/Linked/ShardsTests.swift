import Base
import EventModels
import Simulator
import TestSupport
import Testing

/// Several shards, in one process and in more, between a simulated Discord that holds them to its rules and one replica.
@Suite struct ShardsTests {
    @Test func `auto runs as many shards as Discord recommends, and a restart resumes them all`() async throws
    {
        try await ShardedWorld.run {
            ($0.shards, $0.guilds, $0.maxConcurrency, $0.identifyIntervalMilliseconds) = (5, 12, 2, 100)
        } _: { world in
            for round in 1...2 {
                try await world.withGateways(["auto"]) {
                    try await world.synced(of: 5)
                    try await eventually("five sessions") {
                        try await world.starts() == [5, (round - 1) * 5]
                    }
                }
            }
        }
    }

    @Test func `processes share the line of new sessions, and a replica has them all`() async throws {
        try await ShardedWorld.run {
            ($0.shards, $0.guilds, $0.identifyIntervalMilliseconds) = (6, 12, 100)
        } _: { world in
            try await world.withGateways(["0-1/6", "2-3/6", "4-5/6"]) {
                try await world.synced(of: 6)
                #expect(try await world.starts() == [6, 0])
            }
        }
    }
}
