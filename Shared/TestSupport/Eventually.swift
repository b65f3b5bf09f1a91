internal import EventLoop

/// A condition that did not come true in time.
package struct DeadlineMissed: Error, CustomStringConvertible {
    package let what: String
    package var description: String { "gave up waiting for \(what)" }
}

/// Waits until `condition` holds, looking every few milliseconds; throws when it does not within `deadline`.
///
/// For tests of the whole path with real peers: what is awaited is an outcome, never an amount of time.
package func eventually(
    _ what: String,
    within deadline: Duration = .seconds(60),
    _ condition: () async throws -> Bool
) async throws {
    let end = MonotonicClock.now() + deadline
    while try await !condition() {
        guard MonotonicClock.now() < end else { throw DeadlineMissed(what: what) }
        try await Task.sleep(for: .milliseconds(5))
    }
}
