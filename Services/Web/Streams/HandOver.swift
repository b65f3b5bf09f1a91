import Synchronization

/// Events that a viewers' loop has been handed and has not taken yet, by their bytes. Any thread.
///
/// A loop that gets no time would gather them without end. What is past the bound is not handed over: the loop's streams
/// end instead, and come again behind their last id.
package final class HandOver: Sendable {
    /// As much as the ring of one group holds.
    package static let bytesMax = RecentEvents.bytesMax

    private let bytesMax: Int
    private let waiting = Atomic<Int>(0)

    package init(bytesMax: Int = HandOver.bytesMax) { self.bytesMax = bytesMax }

    package var bytes: Int { waiting.load(ordering: .relaxed) }

    /// False where it does not fit, and is not to be handed over. To where nothing waits any batch may go.
    package func offer(_ bytes: Int) -> Bool {
        let now = waiting.load(ordering: .relaxed)
        guard now == 0 || now + bytes <= bytesMax else { return false }
        waiting.wrappingAdd(bytes, ordering: .relaxed)
        return true
    }

    package func took(_ bytes: Int) { waiting.wrappingSubtract(bytes, ordering: .relaxed) }
}
