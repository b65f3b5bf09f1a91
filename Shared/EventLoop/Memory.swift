internal import CLinux

/// The process' memory, as the allocator holds it.
package enum Memory {
    /// Gives pages that hold nothing back to the kernel, of all threads' heaps; a burst leaves many. Takes milliseconds, in which
    /// others may wait for an allocation: for a thread that may block, and not often.
    package static func giveBack() { malloc_trim(0) }
}
