/// Writes Prometheus' text exposition format 0.0.4.
struct MetricsText {
    private(set) var bytes: [UInt8] = []

    mutating func begin(_ name: String, help: String, type: String) {
        add("# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(type)\n")
    }

    mutating func sample(_ name: String, _ labels: String, _ value: Double) {
        add("\(name)\(labels) \(Self.number(value))\n")
    }

    mutating func histogram(_ name: String, _ labels: String, _ histogram: Histogram) {
        let counts = histogram.cumulativeCounts
        let limits = histogram.bounds.map(Self.number) + ["+Inf"]
        for (limit, count) in zip(limits, counts) {
            let bound = "le=\"\(limit)\""
            let all = labels.isEmpty ? "{\(bound)}" : "\(labels.dropLast()),\(bound)}"
            sample("\(name)_bucket", all, Double(count))
        }
        sample("\(name)_sum", labels, histogram.sum)
        sample("\(name)_count", labels, Double(counts.last ?? 0))
    }

    /// `{a="x",b="y"}`, or nothing.
    static func labels(_ labels: [(name: String, value: String)]) -> String {
        guard !labels.isEmpty else { return "" }
        let pairs = labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }
        return "{\(pairs.joined(separator: ","))}"
    }

    static func isName(_ name: String) -> Bool {
        isLabelName(name.filter { $0 != ":" })
    }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`
    static func isLabelName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
                || byte == 0x5F
        }
    }

    private mutating func add(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += #"\\"#
            case "\n": result += #"\n"#
            case "\"" where quotes: result += #"\""#
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Whole numbers without a fraction, as far as a Double holds them exactly.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 0x1p53 { return String(Int64(value)) }
        return String(value)
    }
}
