/// When viewers who are sent away come again: spread, so that about 2,000 of them come in a second.
package enum RetrySpread {
    /// Milliseconds for one of `viewers`; `random` is in 0..<1. From 0.5 s, at most 30 s.
    package static func milliseconds(viewers: Int, random: Double) -> Int {
        500 + Int(random * Double(min(29_500, max(1_000, viewers / 2))))
    }
}
