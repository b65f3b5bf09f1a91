internal import Base

/// Dates as HTTP writes them: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7, IMF-fixdate).
package enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static let last = Locked((unixSeconds: Int64.min, text: ""))

    /// For seconds since 1970, not before. Any thread; what was asked for last is kept, since all answers of a second
    /// have the same.
    package static func text(unixSeconds: Int64) -> String {
        last.withLock { last in
            if last.unixSeconds != unixSeconds { last = (unixSeconds, made(unixSeconds: unixSeconds)) }
            return last.text
        }
    }

    private static func made(unixSeconds: Int64) -> String {
        let seconds = max(0, unixSeconds)
        let day = Int(seconds / 86_400)
        let second = Int(seconds % 86_400)
        let (year, month, dayOfMonth) = civil(daysSince1970: day)
        var text: [UInt8] = []
        text.reserveCapacity(32)
        text += days[day % 7].utf8
        text += ", ".utf8
        appendTwo(dayOfMonth, to: &text)
        text.append(UInt8(ascii: " "))
        text += months[month - 1].utf8
        text.append(UInt8(ascii: " "))
        text += String(year).utf8
        for (mark, value) in [(" ", second / 3600), (":", second / 60 % 60), (":", second % 60)] {
            text += mark.utf8
            appendTwo(value, to: &text)
        }
        text += " GMT".utf8
        return String(decoding: text, as: UTF8.self)
    }

    /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    private static func civil(daysSince1970: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = daysSince1970 + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func appendTwo(_ value: Int, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "0") + UInt8(value / 10))
        text.append(UInt8(ascii: "0") + UInt8(value % 10))
    }
}
