import Testing

@Suite struct SimulationTests {
    @Test(arguments: [UInt64](0..<4).map { $0 * 16 })
    func everySeedHolds(first: UInt64) {
        for seed in first..<first + Share.seeds {
            let result = Simulation.run(seed: seed)
            #expect(result.failure == nil, "seed \(seed), see scripts/simulate --seed \(seed) --trace")
        }
    }

    /// Whoever replays a seed sees what happened.
    @Test(arguments: [3, 5, 8] as [UInt64]) func aRunIsAFunctionOfItsSeed(seed: UInt64) {
        let first = Simulation.run(seed: seed, isTraced: true)
        let second = Simulation.run(seed: seed, isTraced: true)
        #expect(first.trace == second.trace)
        #expect(!first.trace.isEmpty)
    }

    @Test(arguments: Share.plants) func everyPlantedFaultIsFound(plant: Plant) {
        #expect(PlantedFaults.firstSeed(finding: plant) != nil, "no seed finds \(plant.rawValue)")
    }
}

/// How much of it the tests run. Debug builds, which the sanitizers are, take a quarter: it is the computing of one thread, which takes
/// them minutes, and release builds run all of it.
private enum Share {
    #if DEBUG
        /// Of each sixteen.
        static let seeds: UInt64 = 4
        static let plants = Plant.allCases.enumerated().filter { $0.offset.isMultiple(of: 4) }.map(\.element)
    #else
        static let seeds: UInt64 = 16
        static let plants = Plant.allCases
    #endif
}

enum PlantedFaults {
    /// Seeds that are tried for each.
    static let seedsMax: UInt64 = 64

    static func firstSeed(finding plant: Plant) -> UInt64? {
        (0..<seedsMax).first { Simulation.run(seed: $0, plant: plant).failure != nil }
    }
}

/// What `scripts/simulate` runs; without its environment it does nothing.
@Suite struct SimulationRun {
    @Test(.enabled(if: Settings().isAsked)) func asked() {
        let settings = Settings()
        for seed in settings.first..<settings.first + UInt64(settings.seeds) {
            say("simulate: begin \(seed)")
            let result = Simulation.run(seed: seed, plant: settings.plant, isTraced: settings.isTraced)
            if settings.isTraced { say(result.trace) }
            guard let failure = result.failure else {
                say("simulate: held \(seed) \(result.steps) \(result.events) \(result.deliveries)")
                continue
            }
            say("simulate: failed \(seed) \(failure)")
            if !settings.runsOn { return }
        }
    }
}
