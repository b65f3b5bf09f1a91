/// Bytes to compress, the same on every run.
enum Samples {
    /// Text that repeats itself, as JSON does.
    static func text(_ count: Int) -> [UInt8] {
        let line = Array(#"{"op":0,"t":"PRESENCE_UPDATE","d":{"status":"online"}}"#.utf8)
        return (0..<count).map { line[$0 % line.count] }
    }

    /// Bytes without a pattern: Knuth's MMIX generator.
    static func noise(_ count: Int) -> [UInt8] {
        var state: UInt64 = 7
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }
}
