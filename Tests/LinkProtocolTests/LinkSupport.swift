import EventModels
import LinkProtocol

extension PublisherLimits {
    /// Each dispatch goes out in a frame of its own.
    static var apart: PublisherLimits {
        var limits = PublisherLimits()
        limits.sentBytesMax = 0
        return limits
    }
}

/// Frames 1…count, each of one event, behind one another.
func publisherHolding(_ count: UInt64, limits: PublisherLimits = .apart) -> PublisherMachine {
    var machine = PublisherMachine(shard: .only, limits: limits)
    for sequence in 1...count { _ = machine.append(chained(sequence), now: .zero) }
    return machine
}

func chained(_ sequence: UInt64) -> EventFrame {
    frame(sequence, prev: sequence == 1 ? nil : id(sequence - 1))
}

/// What was sent to whom: link number, prev, last.
func sent(_ actions: [PublisherMachine.Action]) -> [String] {
    actions.map { action in
        switch action {
        case .send(let link, let frame):
            "\(link.number):\(frame.prev?.sequence.description ?? "-")>\(frame.last.sequence).\(frame.last.ordinal)"
        case .publisherChanged: "changed"
        case .resync: "resync"
        case .quarantined(let frame): "quarantined \(frame.last.sequence)"
        }
    }
}
