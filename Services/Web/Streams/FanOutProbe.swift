import EventLoop

/// A group's viewers whose bytes go nowhere: what a delivery costs without the kernel, for `Tests/Guard`.
///
/// It is here because `ViewerTable` is generic: compiled for the types of its owner in this module, as `ViewerLoop`'s is, it is
/// some ten times as quick as what another module would get to measure.
package struct FanOutProbe: ~Copyable {
    private struct Nowhere: ViewerOutput {
        mutating func send(
            _ descriptor: CInt,
            _ storage: borrowing [UInt8],
            _ first: Range<Int>,
            _ second: Range<Int>
        ) -> SocketIO.Sent {
            .bytes(first.count + second.count)
        }
    }

    private var table = ViewerTable<Int, Int, Nowhere>(output: Nowhere(), isBehind: <)
    private var last = 0

    package init(viewers: Int) {
        table.openGroup(0, after: 0)
        for descriptor in 0..<viewers { table.admit(CInt(descriptor), to: 0, head: [], after: 0) }
    }

    /// One event to all of them.
    package mutating func deliver(_ record: [UInt8]) {
        last += 1
        table.append(record, to: 0, cursor: last)
        table.flush()
    }

    package var sends: Int { table.counts.sends }
}
