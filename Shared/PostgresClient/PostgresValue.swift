/// A value on its way to PostgreSQL; the server finds its type from where it stands.
package enum PostgresValue: Sendable, Equatable {
    case null
    case text(String)
    case int(Int64)
    case double(Double)
    case bool(Bool)
    case bytes([UInt8])
    /// JSON text.
    case json([UInt8])
    /// Unix milliseconds, for `timestamptz`.
    case timestamp(milliseconds: Int64)

    /// The value in PostgreSQL's text form; nil for null. A NUL, which PostgreSQL's text cannot hold, is left out.
    package var encoded: [UInt8]? {
        switch self {
        case .null: nil
        case .text(let text): text.utf8.filter { $0 != 0 }
        case .int(let value): Array(String(value).utf8)
        case .double(let value): Array(Self.text(of: value).utf8)
        case .bool(let value): [UInt8(ascii: value ? "t" : "f")]
        case .bytes(let bytes): Self.hexadecimal(bytes)
        case .json(let text): text.filter { $0 != 0 }
        case .timestamp(let milliseconds): Array(Self.timestamp(milliseconds).utf8)
        }
    }

    private static func text(of value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return value.description
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return [UInt8(ascii: "\\"), UInt8(ascii: "x")]
            + bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }

    /// Years from 1 to 9999, what lies outside is clipped.
    static func clipped(_ milliseconds: Int64) -> Int64 {
        min(max(milliseconds, -62_135_596_800_000), 253_402_300_799_999)
    }

    /// `2026-11-21 06:00:00.123+00`. Civil date from days: Howard Hinnant, "chrono-Compatible Low-Level Date
    /// Algorithms".
    private static func timestamp(_ milliseconds: Int64) -> String {
        let clipped = clipped(milliseconds)
        let days = Int((Double(clipped) / 86_400_000).rounded(.down))
        let inDay = Int(clipped) - days * 86_400_000
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func padded(_ value: Int, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        let seconds = inDay / 1000
        let clock = "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        return "\(date) \(clock).\(padded(inDay % 1000, 3))+00"
    }
}
