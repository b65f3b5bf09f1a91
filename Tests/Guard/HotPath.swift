/// Something that is done for every event or request: what it costs is held against scripts/lib/guildwire/guard/thresholds.json.
struct HotPath {
    /// As in the thresholds.
    let name: String
    /// What is counted.
    let unit: String
    /// Does one unit, the whole way, and throws where it did not do what it is for.
    let run: (Int) throws -> Void

    /// The units behind them.
    var again: HotPath { HotPath(name: name, unit: unit) { number in try run(Self.units + number) } }

    /// So many are done first and not counted: caches and tables that are made once are there by then. Then as many that are.
    static let units = 200

    /// What the units work on, made before: by their numbers.
    static func inputs<Input>(_ make: (Int) throws -> Input) rethrows -> [Input] {
        try (0..<2 * units).map(make)
    }

    struct Failure: Error, CustomStringConvertible { let description: String }

    static func expect(_ isTrue: Bool, _ what: String) throws {
        guard isTrue else { throw Failure(description: what) }
    }
}

/// `scripts/guard` counts what runs in here, and finds it by this name: nothing in it may call it again. It takes a closure alone, so
/// that the compiler makes no second function of it, which would have the same name.
@inline(never)
func guardedUnits(_ run: (Int) throws -> Void) throws {
    for number in 0..<HotPath.units { try run(number) }
}
