package import EventModels

/// The latest events of a shard, for viewers who come back and for groups that are new. Bounded by bytes and count:
/// a cursor before the first is answered with `reset`.
package struct RecentEvents: Sendable {
    package static let bytesMax = 32 << 20
    package static let countMax = 50_000

    private var storage: [DeliverableEvent] = []
    private var head = 0
    private var bytes = 0
    /// What a viewer must have seen at least to go on with the first event held.
    package private(set) var floor = EventID(epoch: 0, number: 0)

    package init() {}

    package var events: ArraySlice<DeliverableEvent> { storage[head...] }

    /// The newest events, of about `bytesMax` bytes at most, and the floor below them.
    package func newest(bytesMax: Int) -> (floor: EventID, events: ArraySlice<DeliverableEvent>) {
        var first = storage.endIndex
        var bytes = 0
        while first > head, bytes + storage[first - 1].bytes <= bytesMax {
            first -= 1
            bytes += storage[first].bytes
        }
        return (first == head ? floor : storage[first - 1].id, storage[first...])
    }

    /// What came behind `id`; nil where that is not all held.
    package func after(_ id: EventID) -> ArraySlice<DeliverableEvent>? {
        guard floor <= id else { return nil }
        var (low, high) = (head, storage.endIndex)
        while low < high {
            let middle = (low + high) / 2
            if storage[middle].id <= id { low = middle + 1 } else { high = middle }
        }
        return storage[low...]
    }

    /// The time of the last event up to `id`, in Unix milliseconds; nil where it is not held.
    package func time(at id: EventID) -> Int64? {
        guard let behind = after(id), behind.startIndex > head else { return nil }
        return storage[behind.startIndex - 1].ts
    }

    mutating func append(_ event: DeliverableEvent) {
        storage.append(event)
        bytes += event.bytes
        while bytes > Self.bytesMax || storage.count - head > Self.countMax {
            bytes -= storage[head].bytes
            floor = storage[head].id
            head += 1
        }
        if head > 4096, head > storage.count / 2 {
            storage.removeSubrange(0..<head)
            head = 0
        }
    }

    /// What came up to `id` is not held.
    mutating func startAfter(_ id: EventID) {
        storage = []
        head = 0
        bytes = 0
        floor = id
    }
}
