/// The tape while it grows, in memory of its own: a place of it is stored to without the questions that an array asks.
///
/// Places are those that `append` has filled: `TapeBuilder` uses no others.
@safe
struct TapeBuffer: ~Copyable {
    private var memory: UnsafeMutablePointer<TapeEntry>
    private var capacity: Int
    private(set) var count = 0

    init(reserving capacity: Int) {
        self.capacity = max(16, capacity)
        unsafe memory = .allocate(capacity: self.capacity)
    }

    deinit { unsafe memory.deallocate() }

    /// An array of just the size.
    var entries: [TapeEntry] { unsafe Array(UnsafeBufferPointer(start: memory, count: count)) }

    @inline(__always)
    mutating func append(_ entry: TapeEntry) {
        if count == capacity { grow() }
        unsafe (memory + count).initialize(to: entry)
        count += 1
    }

    mutating func drop(from index: Int) { count = min(count, index) }

    @inline(never)
    private mutating func grow() {
        let moved = UnsafeMutablePointer<TapeEntry>.allocate(capacity: capacity * 2)
        unsafe moved.moveInitialize(from: memory, count: count)
        unsafe memory.deallocate()
        unsafe memory = moved
        capacity *= 2
    }

    subscript(index: Int) -> TapeEntry {
        @inline(__always) get { unsafe memory[index] }
        @inline(__always) _modify { yield unsafe &memory[index] }
    }
}
