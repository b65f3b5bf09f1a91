internal import CLinux

/// The process' memory, as the allocator holds it.
package enum Memory {
    /// Blocks from here on are mapped by themselves and go back to the kernel when they are freed. Buffers of a busy moment are
    /// smaller: to map and fault them in anew each time would cost more than what is done in them.
    private static let mappedFrom: CInt = 4 << 20
    /// What may lie free at a heap's end.
    private static let freeAtEnd: CInt = 64 << 20

    /// Call it before there are other threads. Left to itself, glibc takes the size of the largest block that was freed so far (up to
    /// 32 MiB) as the one from which blocks are mapped: then the large buffers of a burst lie in the heap, among small blocks that
    /// stay, and what they leave is holes.
    package static func mapLargeBlocks() {
        mallopt(M_MMAP_THRESHOLD, mappedFrom)
        mallopt(M_TRIM_THRESHOLD, freeAtEnd)
    }

    /// Gives pages that hold nothing back to the kernel, of all threads' heaps; a burst leaves many. Takes milliseconds, in which
    /// others may wait for an allocation: for a thread that may block, and not often.
    package static func giveBack() { malloc_trim(0) }
}
