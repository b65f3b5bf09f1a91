internal import EventLoop
internal import Glibc

/// Says on disk which dispatch is being folded, so that the next process knows where this one crashed.
///
/// Six numbers of 8 bytes: epoch and sequence of the dispatch that crashed last, how often it did, 0, and epoch and
/// sequence of the one being folded (0: none). A mark is written into the page cache, through a mapping of the file; it
/// outlives the process, and need not outlive the machine.
package final class FoldMarker: Sendable {
    private let descriptor: CInt
    /// Nil where the file cannot be mapped: then a mark is a pwrite.
    private let numbers: MappedNumbers?

    /// Crashes at one dispatch after which it is not folded again.
    static let crashesMax: UInt64 = 2

    package struct Crash: Sendable, Equatable {
        package let mark: FoldMark
        package let count: UInt64
        var isOver: Bool { count >= FoldMarker.crashesMax }

        package init(mark: FoldMark, count: UInt64) {
            self.mark = mark
            self.count = count
        }
    }

    init(path: String) throws(FileFailure) {
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileFailure(call: "open", path: path, code: errno) }
        numbers = MappedNumbers(descriptor: descriptor, count: 6)
    }

    deinit { close(descriptor) }

    /// Whether the last process ended within a fold, and how often one has ended in that one; counts it. Blocks.
    package func lastCrash() -> Crash? {
        var numbers = [UInt64](repeating: 0, count: 6)
        let count = unsafe pread(descriptor, &numbers, 48, 0)
        guard count == 48 else { return nil }
        let folding = FoldMark(epoch: numbers[4], sequence: numbers[5])
        guard folding.epoch > 0 else { return nil }
        let isAgain = numbers[0] == folding.epoch && numbers[1] == folding.sequence
        let crash = Crash(mark: folding, count: isAgain ? numbers[2] + 1 : 1)
        write([folding.epoch, folding.sequence, crash.count, 0, 0, 0], at: 0)
        fdatasync(descriptor)
        return crash
    }

    package func begin(_ mark: FoldMark) { write(mark.epoch, mark.sequence) }

    package func end() { write(0, 0) }

    private func write(_ epoch: UInt64, _ sequence: UInt64) {
        guard let numbers else { return write([epoch, sequence], at: 32) }
        numbers.store(sequence, at: 5)
        numbers.store(epoch, at: 4)
    }

    private func write(_ numbers: [UInt64], at offset: Int) {
        _ = unsafe numbers.span.bytes.withUnsafeBytes { bytes in
            unsafe pwrite(descriptor, bytes.baseAddress, bytes.count, offset)
        }
    }
}
