internal import Base

/// The numbers of one process, rendered for Prometheus.
///
/// Instruments are asked for once and kept: asking takes a lock, using one does not. The same name and labels give
/// the same instrument. Labels must be bounded (a route's pattern, never a URI); should they not be, a name that has
/// `seriesMax` of them gives all further ones the series whose label values are "other".
package final class Metrics: Sendable {
    /// Label names and their values, in the order they are shown in.
    package typealias Labels = [(StaticString, String)]

    /// Series under one name before further label values fall into "other".
    package static let seriesMax = 500

    private struct Family {
        let help: String
        let type: String
        var series: [String: Instrument] = [:]
    }

    private enum Instrument {
        case counter(Counter)
        case gauge(Gauge)
        case computed(@Sendable () -> Double)
        case histogram(Histogram)
    }

    private let families = Locked<[String: Family]>([:])

    package init() {}

    /// A count; its name ends in `_total`.
    package func counter(_ name: StaticString, help: StaticString, labels: Labels = []) -> Counter {
        precondition(name.description.hasSuffix("_total"), "\(name): a counter's name ends in _total")
        let made = instrument(name, help, "counter", labels) { .counter(Counter()) }
        guard case .counter(let counter) = made else { Self.typeChanged(name) }
        return counter
    }

    /// A value that goes up and down, in base units (seconds, bytes).
    package func gauge(_ name: StaticString, help: StaticString, labels: Labels = []) -> Gauge {
        let made = instrument(name, help, "gauge", labels) { .gauge(Gauge()) }
        guard case .gauge(let gauge) = made else { Self.typeChanged(name) }
        return gauge
    }

    /// A gauge that is asked for its value at each rendering, on the renderer's thread.
    package func gauge(
        _ name: StaticString,
        help: StaticString,
        labels: Labels = [],
        read: @escaping @Sendable () -> Double
    ) {
        _ = instrument(name, help, "gauge", labels) { .computed(read) }
    }

    /// A distribution, in base units (`…_seconds`, `…_bytes`).
    package func histogram(
        _ name: StaticString,
        help: StaticString,
        buckets: [Double] = Histogram.latencyBuckets,
        labels: Labels = []
    ) -> Histogram {
        let made = instrument(name, help, "histogram", labels) { .histogram(Histogram(bounds: buckets)) }
        guard case .histogram(let histogram) = made else { Self.typeChanged(name) }
        return histogram
    }

    private static func typeChanged(_ name: StaticString) -> Never {
        preconditionFailure("\(name): one name has one type")
    }

    private func instrument(
        _ name: StaticString,
        _ help: StaticString,
        _ type: String,
        _ labels: Labels,
        make: @Sendable () -> Instrument
    ) -> Instrument {
        precondition(MetricsText.isName(name.description), "\(name): not a metric's name")
        for (label, _) in labels {
            precondition(MetricsText.isLabelName(label.description), "\(label): not a label's name")
        }
        let named = labels.map { (name: $0.0.description, value: $0.1) }
        let key = MetricsText.labels(named)
        let overflow = MetricsText.labels(named.map { ($0.name, "other") })
        return families.withLock { families in
            var family = families[name.description] ?? Family(help: help.description, type: type)
            precondition(family.type == type, "one name has one type")
            let place = family.series[key] == nil && family.series.count >= Self.seriesMax ? overflow : key
            if let known = family.series[place] { return known }
            let made = make()
            family.series[place] = made
            families[name.description] = family
            return made
        }
    }

    /// Prometheus' text format 0.0.4, names and labels sorted, the process' own metrics included.
    /// Content type: `text/plain; version=0.0.4; charset=utf-8`.
    package func render() -> [UInt8] {
        let families = families.withLock { $0 }
        var text = MetricsText()
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text.begin(name, help: family.help, type: family.type)
            for (labels, instrument) in family.series.sorted(by: { $0.key < $1.key }) {
                switch instrument {
                case .counter(let counter): text.sample(name, labels, Double(counter.value))
                case .gauge(let gauge): text.sample(name, labels, gauge.value)
                case .computed(let read): text.sample(name, labels, read())
                case .histogram(let histogram): text.histogram(name, labels, histogram)
                }
            }
        }
        ProcessMetrics.read().append(to: &text)
        return text.bytes
    }
}
