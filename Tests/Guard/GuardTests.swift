import Testing

/// The hot paths, each some hundred times. As a test it says that they do what they are for; `scripts/guard` runs it under
/// callgrind and says what they cost.
@Suite struct GuardTests {
    @Test func `each hot path does what it is for`() throws {
        for path in try HotPaths.all() {
            // Twice the same, one behind the other: what is counted of the second is its own alone.
            for turn in [path, path.again] { try guardedUnits(turn.run) }
            print("guarded: \(path.name) \(HotPath.units)")
        }
    }
}
