internal import Glibc

/// A few numbers in a file that is mapped into memory: storing one is a write into the page cache without a call of the
/// kernel's. They outlive the process, and need not outlive the machine.
///
/// `@unchecked Sendable`: one caller stores at a time.
package final class MappedNumbers: @unchecked Sendable {
    private let start: UnsafeMutablePointer<UInt64>
    private let count: Int

    /// Nil where the file cannot be mapped. Its bytes get their place on the disk first: a mapping without one would end
    /// the process when it is stored to and the disk is full.
    package init?(descriptor: CInt, count: Int) {
        let bytes = count * 8
        guard posix_fallocate(descriptor, 0, bytes) == 0,
            let mapping = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            mapping != MAP_FAILED
        else { return nil }
        start = mapping.bindMemory(to: UInt64.self, capacity: count)
        self.count = count
    }

    deinit { munmap(start, count * 8) }

    package func store(_ number: UInt64, at index: Int) {
        precondition(0..<count ~= index, "a number that is not there")
        start[index] = number
    }
}
