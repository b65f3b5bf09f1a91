import EventModels

/// Compares what was sent with what arrived.
struct Report {
    let events: Int
    let deliveries: Int
    let lost: Int
    let repeated: Int
    let outOfOrder: Int
    let resets: Int
    let reconnects: Int
    /// Milliseconds from the simulator's send to a viewer's read, ascending.
    let latencies: [Double]

    /// Looks at the events behind the place where the last viewer began, up to `end`.
    init(_ record: Record, _ sent: SentLog, upTo end: EventID) {
        let start = record.commonStart ?? EventID(epoch: 0, number: 0)
        let window = record.ids.indices.filter { record.ids[$0] > start && record.ids[$0] <= end }
        var deliveries = 0
        var missing = 0
        var latencies: [Double] = []
        latencies.reserveCapacity(window.count * record.arrivals.count)
        // Of what a group's viewers see, some of them have got something.
        let windows = (0..<record.groups).map { group in
            window.filter { index in
                stride(from: group, to: record.arrivals.count, by: record.groups).contains { viewer in
                    index < record.arrivals[viewer].count && record.arrivals[viewer][index] >= 0
                }
            }
        }
        for (viewer, arrivals) in record.arrivals.enumerated() {
            for index in windows[viewer % record.groups] {
                guard index < arrivals.count, arrivals[index] >= 0 else {
                    missing += 1
                    continue
                }
                deliveries += 1
                guard let dispatch = sent.dispatches[record.ids[index].sequence] else { continue }
                latencies.append(Double(record.start + Int64(arrivals[index]) - dispatch.at) / 1000)
            }
        }
        // What nobody received is not in the record: the simulator's own log says what there should have been.
        let received = Set(window.map { record.ids[$0].sequence })
        let inWindow = sent.dispatches.filter { start.sequence < $0.key && $0.key <= end.sequence }
        // With groups nobody says here who may see what; `scripts/chaos` does.
        let unseen = inWindow.filter { SentLog.certain.contains($0.value.kind) && !received.contains($0.key) }
            .count
        events = window.count
        self.deliveries = deliveries
        lost = missing + (record.groups == 1 ? unseen * record.arrivals.count : 0)
        repeated = record.repeated
        outOfOrder = record.outOfOrder
        resets = record.resets
        reconnects = record.reconnects
        self.latencies = latencies.sorted()
    }

    private func percentile(_ share: Double) -> Double {
        guard !latencies.isEmpty else { return .nan }
        return latencies[min(latencies.count - 1, Int(Double(latencies.count) * share))]
    }

    var isClean: Bool { lost == 0 && repeated == 0 && outOfOrder == 0 && deliveries > 0 }

    var text: String {
        """
        events        \(events)
        deliveries    \(deliveries)
        lost          \(lost)
        repeated      \(repeated)
        out of order  \(outOfOrder)
        resets        \(resets)
        reconnects    \(reconnects)
        milliseconds from simulator to viewer:
          p50         \(Self.rounded(percentile(0.5)))
          p90         \(Self.rounded(percentile(0.9)))
          p99         \(Self.rounded(percentile(0.99)))
          p99.9       \(Self.rounded(percentile(0.999)))
          max         \(Self.rounded(latencies.last ?? .nan))
        """
    }

    private static func rounded(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        let hundredths = Int((value * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 / 10)\(hundredths % 10)"
    }
}
