package import Base

/// A fact in a log line. Literals do; a variable is wrapped: `.int(count)`, `"\(error)"`.
///
/// A `Secret` comes out redacted, whichever way it is put in.
package enum LogValue: Sendable, Equatable {
    case string(String)
    case int(Int)
    case double(Double)
    case bool(Bool)

    package static func secret(_ secret: Secret) -> LogValue { .string(secret.description) }
    package static func snowflake(_ id: Snowflake) -> LogValue { .string(id.description) }
    /// What the error says of itself.
    package static func error(_ error: any Error) -> LogValue { .string(String(describing: error)) }
    /// As seconds with a fraction.
    package static func seconds(_ duration: Duration) -> LogValue {
        let (seconds, attoseconds) = duration.components
        return .double(Double(seconds) + Double(attoseconds) / 1e18)
    }
}

extension LogValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .int(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

/// The facts of a line, in the order written. A name given twice appears once, with the last value.
package struct LogFields: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    private(set) var pairs: [Pair] = []

    struct Pair: Sendable, Equatable {
        let key: LogKey
        var value: LogValue
    }

    package init() {}

    package init(dictionaryLiteral elements: (LogKey, LogValue)...) {
        for (key, value) in elements { self[key] = value }
    }

    package subscript(key: LogKey) -> LogValue? {
        get { pairs.first { $0.key == key }?.value }
        set {
            let index = pairs.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): pairs[index].value = value
            case (let index?, nil): pairs.remove(at: index)
            case (nil, let value?): pairs.append(Pair(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    /// These facts and then `more`.
    package func merging(_ more: LogFields) -> LogFields {
        var merged = self
        for pair in more.pairs { merged[pair.key] = pair.value }
        return merged
    }
}
