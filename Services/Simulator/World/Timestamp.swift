package import Base

/// A reading of both clocks: the monotonic one for waiting, the wall for what is written down.
package struct Instant: Sendable, Equatable {
    package let monotonic: Duration
    package let unixMicroseconds: Int64

    package init(monotonic: Duration, unixMicroseconds: Int64) {
        self.monotonic = monotonic
        self.unixMicroseconds = unixMicroseconds
    }

    package var unixMilliseconds: Int64 { unixMicroseconds / 1000 }
}

/// Time stamps the way Discord writes them: `2021-03-31T18:45:31.297000+00:00`.
package enum Timestamp {
    package static func text(unixMilliseconds: Int64) -> String {
        let days = Int(floorDivide(unixMilliseconds, 86_400_000))
        let inDay = Int(unixMilliseconds - Int64(days) * 86_400_000)
        let (year, month, day) = civil(days)
        let (hour, minute, second) = (inDay / 3_600_000, inDay / 60_000 % 60, inDay / 1000 % 60)
        return pad(year, 4) + "-" + pad(month, 2) + "-" + pad(day, 2) + "T" + pad(hour, 2) + ":"
            + pad(minute, 2)
            + ":" + pad(second, 2) + "." + pad(inDay % 1000, 3) + "000+00:00"
    }

    /// Of a text as Discord and its bots write it, `2021-03-31T18:45:31[.297000]+00:00`, also with `Z`; nil where it is
    /// none, or of another zone.
    package static func unixMilliseconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, text.hasSuffix("Z") || text.hasSuffix("+00:00") else { return nil }
        func number(_ range: Range<Int>) -> Int? { Int(String(decoding: bytes[range], as: UTF8.self)) }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...12).contains(month)
        else { return nil }
        var milliseconds = 0
        if bytes[19] == UInt8(ascii: ".") {
            let digits = bytes[20...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.prefix(
                3
            )
            guard let fraction = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
            milliseconds = [100, 10, 1][digits.count - 1] * fraction
        }
        let inDay = ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds
        return Int64(days(year, month, day)) * 86_400_000 + Int64(inDay)
    }

    /// A date as days since 1970. Hinnant, "chrono-compatible low-level date algorithms".
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func floorDivide(_ value: Int64, _ by: Int64) -> Int64 {
        value >= 0 ? value / by : -((-value + by - 1) / by)
    }

    private static func pad(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Days since 1970 as a date. Hinnant, "chrono-compatible low-level date algorithms".
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        )
    }
}

extension Snowflake {
    /// The id of something made at this time, the `serial`-th of its millisecond.
    package init(unixMilliseconds: Int64, serial: UInt64) {
        let sinceEpoch = UInt64(max(0, unixMilliseconds - Int64(Snowflake.epochUnixMilliseconds)))
        self.init(sinceEpoch << 22 | serial & 0x3F_FFFF)
    }
}
