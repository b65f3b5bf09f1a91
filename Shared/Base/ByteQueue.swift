/// Bytes that arrive at the end and are taken from the front: the input of parsers, the output of writers.
///
/// Taking is O(1); the space in front is given back when more than half of the storage is behind the head.
package struct ByteQueue: Sendable {
    private var storage: [UInt8] = []
    private var head = 0

    package init() {}
    package init(_ bytes: [UInt8]) { storage = bytes }

    package var count: Int { storage.count - head }
    package var isEmpty: Bool { head == storage.count }

    /// The byte `offset` places behind the front.
    package subscript(offset: Int) -> UInt8 { storage[head + offset] }

    /// What waits, without taking it. Indices are the storage's own.
    package var readable: ArraySlice<UInt8> { storage[head...] }

    package mutating func append(_ bytes: [UInt8]) {
        // What comes first is kept as it is, without a copy.
        if storage.capacity == 0 { storage = bytes } else { storage += bytes }
    }
    package mutating func append(_ bytes: some Sequence<UInt8>) { storage.append(contentsOf: bytes) }
    package mutating func append(_ byte: UInt8) { storage.append(byte) }

    /// The first `count` bytes, taken.
    package mutating func take(_ count: Int) -> [UInt8] {
        if head == 0, count == storage.count { return takeAll() }
        let taken = Array(storage[head..<head + count])
        skip(count)
        return taken
    }

    package mutating func skip(_ count: Int) {
        precondition(count <= self.count, "cannot take more bytes than have arrived")
        head += count
        if head == storage.count {
            storage.removeAll(keepingCapacity: storage.capacity <= 1 << 16)
            head = 0
        } else if head > 4096, head > storage.count / 2 {
            storage.removeSubrange(0..<head)
            head = 0
        }
    }

    /// Everything, taken.
    package mutating func takeAll() -> [UInt8] {
        if head == 0 {
            let all = storage
            storage = []
            return all
        }
        return take(count)
    }

    /// The place of `byte`, counted from the front, at or behind `start`.
    package func firstOffset(of byte: UInt8, from start: Int = 0) -> Int? {
        let pattern = 0x0101_0101_0101_0101 &* UInt64(byte)
        return storage.withUnsafeBytes { bytes in
            var index = head + start
            // Eight at a time: of those with the byte this has one that is 0, and the lowest such has its high bit set.
            while index + 8 <= bytes.count {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                let difference = word ^ pattern
                let found = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
                if found != 0 { return index - head + found.trailingZeroBitCount / 8 }
                index += 8
            }
            while index < bytes.count {
                if bytes[index] == byte { return index - head }
                index += 1
            }
            return nil
        }
    }
}
