import EventLoop

/// What clients of the feed say.
extension ViewerLoop {
    /// At most 4 KiB in one turn; what is left comes in the next, when others have had theirs.
    func readFeed(_ descriptor: CInt) {
        switch SocketIO.receive(descriptor) {
        case .nothing: return
        case .ended: groups.table.remove(descriptor)
        case .bytes(let bytes): heard(bytes, from: descriptor)
        }
    }

    func heard(_ bytes: [UInt8], from descriptor: CInt) {
        let heard = feed.take(bytes, from: descriptor)
        if let refusal = heard.refusal { metrics.feed.count(refusal) }
        if let pong = heard.pong { groups.table.answer(descriptor, pong) }
        if let last = heard.last { groups.table.end(descriptor, last) }
    }
}
