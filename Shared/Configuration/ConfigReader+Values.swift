/// Settings that are more than text.
extension ConfigReader {
    /// A whole number within `range`.
    package mutating func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        guard let text = value(name) else { return fallback }
        guard let number = Int(text), range.contains(number) else {
            let limits = "from \(range.lowerBound) to \(range.upperBound)"
            failValue(name, text, expected: "a whole number \(limits)")
            return fallback
        }
        return number
    }

    /// A TCP port; 0 lets the kernel choose one.
    package mutating func port(_ name: String, default fallback: Int) -> Int {
        integer(name, default: fallback, in: 0...65_535)
    }

    /// `true`, `yes`, `on`, `1` or `false`, `no`, `off`, `0`, in any case.
    package mutating func boolean(_ name: String, default fallback: Bool) -> Bool {
        guard let text = value(name) else { return fallback }
        switch text.lowercased() {
        case "true", "yes", "on", "1": return true
        case "false", "no", "off", "0": return false
        default:
            failValue(name, text, expected: "true or false")
            return fallback
        }
    }

    /// A number with its unit, `250ms`, `10s`, `5m`, `24h`, `7d`, or seconds without one; within `range`.
    package mutating func duration(
        _ name: String,
        default fallback: Duration,
        in range: ClosedRange<Duration>
    ) -> Duration {
        guard let text = value(name) else { return fallback }
        guard let duration = Self.parseDuration(text), range.contains(duration) else {
            failValue(
                name,
                text,
                expected:
                    "a time such as 250ms, 10s, 5m or 24h, from \(range.lowerBound) to \(range.upperBound)"
            )
            return fallback
        }
        return duration
    }

    static func parseDuration(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard digits.count <= 12, let number = Int64(digits) else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": return .milliseconds(number)
        case "", "s": return .seconds(number)
        case "m": return .seconds(number * 60)
        case "h": return .seconds(number * 3600)
        case "d": return .seconds(number * 86_400)
        default: return nil
        }
    }

    /// One of the cases of `Choice`, by its raw value.
    package mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String,
        default fallback: Choice
    ) -> Choice {
        guard let text = value(name) else { return fallback }
        guard let choice = Choice(rawValue: text) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            failValue(name, text, expected: "one of \(names)")
            return fallback
        }
        return choice
    }

    /// A URL with one of these schemes and a host, as text. It may carry a password, so it is never shown: keep it
    /// out of logs.
    package mutating func url(_ name: String, schemes: [String], default fallback: String) -> String {
        optionalURL(name, schemes: schemes) ?? fallback
    }

    /// As `url`, but it must be set.
    package mutating func requiredURL(_ name: String, schemes: [String]) -> String {
        guard let text = value(name) else {
            failMissing(name)
            return ""
        }
        return checkedURL(name, text, schemes) ?? ""
    }

    /// As `url`, nil when it is not set.
    package mutating func optionalURL(_ name: String, schemes: [String]) -> String? {
        value(name).flatMap { checkedURL(name, $0, schemes) }
    }

    private mutating func checkedURL(_ name: String, _ text: String, _ schemes: [String]) -> String? {
        guard let problem = Self.problem(ofURL: text, schemes: schemes) else { return text }
        fail(name, problem)
        return nil
    }

    private static func problem(ofURL text: String, schemes: [String]) -> String? {
        let form = schemes.map { "\($0)://" }.joined(separator: " or ")
        guard let scheme = schemes.first(where: { text.lowercased().hasPrefix("\($0)://") }) else {
            return "must be a URL that begins with \(form)"
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return "must be a URL without blanks or characters outside ASCII"
        }
        let authority = text.dropFirst(scheme.count + 3).prefix { !"/?#".contains($0) }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        guard !host.isEmpty, !host.hasPrefix(":") else { return "must be a URL with a host name" }
        return nil
    }
}
