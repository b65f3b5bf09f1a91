import Testing

/// The hot paths, each some hundred times. As a test it says that they do what they are for; `scripts/guard` runs it under
/// callgrind and says what they cost.
@Suite struct GuardTests {
    @Test func `each hot path does what it is for`() throws {
        for path in try HotPaths.all() {
            for number in 0..<HotPath.warmUp { try path.run(number) }
            try guardedUnits(path.run)
            print("guarded: \(path.name) \(HotPath.units)")
        }
    }
}
