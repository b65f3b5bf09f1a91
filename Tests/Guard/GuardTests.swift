import Testing

/// The hot paths, each some hundred times. As a test it says that they do what they are for; `scripts/guard` runs it under
/// callgrind and says what they cost.
@Suite struct GuardTests {
    @Test func `each hot path does what it is for`() throws {
        for path in try HotPaths.all() {
            // Twice the same, one behind the other: what is counted of the second is its own alone.
            try guardedUnits(path.run)
            try guardedUnits { try path.run(HotPath.units + $0) }
            print("guarded: \(path.name) \(HotPath.units)")
        }
    }
}
