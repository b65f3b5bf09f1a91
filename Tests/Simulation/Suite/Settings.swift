import Glibc

/// What `scripts/simulate` asks for, by environment variables.
struct Settings {
    /// `SIMULATION_SEEDS`: how many seeds.
    let seeds: Int
    /// `SIMULATION_FIRST`: the first of them.
    let first: UInt64
    /// `SIMULATION_TRACE`: prints what happened, also where all held.
    let isTraced: Bool
    /// `SIMULATION_PLANT`: with this fault put in.
    let plant: Plant?
    /// `SIMULATION_ON`: goes on behind a seed that failed.
    let runsOn: Bool
    /// Somebody asked for a run of their own.
    let isAsked: Bool

    init() {
        let asked = Self.value("SIMULATION_SEEDS").flatMap { Int($0) }
        isAsked = asked != nil
        seeds = asked ?? 0
        runsOn = Self.value("SIMULATION_ON") == "1"
        first = Self.value("SIMULATION_FIRST").flatMap { UInt64($0) } ?? 0
        isTraced = Self.value("SIMULATION_TRACE") == "1"
        plant = Self.value("SIMULATION_PLANT").flatMap { Plant(rawValue: $0) }
    }

    private static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

/// To standard error, unbuffered: what is said before a trap is seen.
func say(_ text: String) {
    var line = Array((text + "\n").utf8)
    while !line.isEmpty {
        let count = write(2, line, line.count)
        guard count > 0 else { return }
        line.removeFirst(count)
    }
}
