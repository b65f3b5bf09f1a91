internal import EventModels

extension EventFrame {
    /// A log takes ascending ids only; what breaks this must be stopped before half of it is written.
    func checkOrder() throws(BusError) {
        var before = prev ?? EventID(epoch: 0, number: 0)
        for event in events {
            guard before < event.id else {
                throw BusError(.malformed, "the frame's ids do not ascend: \(event.id) behind \(before)")
            }
            before = event.id
        }
    }
}
