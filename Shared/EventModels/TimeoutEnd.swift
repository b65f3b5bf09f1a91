extension MemberFacts {
    /// When a time-out ends, from what Discord and `member.timeout` say: an RFC 3339 time, or nothing. Unix
    /// milliseconds, rounded up. A text that is no time ends never: who is not known to be free is timed out.
    package static func timeoutEnd(_ text: String?) -> Int64? {
        guard let text else { return nil }
        return unixMilliseconds(Array(text.utf8)) ?? .max
    }

    /// `2026-11-21T06:00:00.123456+00:00`, the fraction optional, `Z` or an offset behind.
    private static func unixMilliseconds(_ text: [UInt8]) -> Int64? {
        let separators: [(Int, UInt8)] = [(4, 0x2D), (7, 0x2D), (13, 0x3A), (16, 0x3A)]
        guard text.count >= 20, separators.allSatisfy({ text[$0.0] == $0.1 }), text[10] | 0x20 == 0x74,
            let year = number(text[0..<4]), let month = number(text[5..<7]), let day = number(text[8..<10]),
            let hour = number(text[11..<13]), let minute = number(text[14..<16]),
            let second = number(text[17..<19]),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var rest = text[19...]
        var milliseconds: Int64 = 0
        if rest.first == 0x2E {
            let digits = rest.dropFirst().prefix { 0x30...0x39 ~= $0 }
            guard !digits.isEmpty, let whole = number(Array(digits + [0x30, 0x30]).prefix(3)) else {
                return nil
            }
            milliseconds = whole + (digits.dropFirst(3).contains { $0 != 0x30 } ? 1 : 0)
            rest = rest[digits.endIndex...]
        }
        guard let offset = offsetMinutes(rest) else { return nil }
        let minutes = (days(year, month, day) * 24 + hour) * 60 + minute - offset
        return (minutes * 60 + second) * 1000 + milliseconds
    }

    private static func offsetMinutes(_ text: ArraySlice<UInt8>) -> Int64? {
        if text.count == 1, let zulu = text.first, zulu | 0x20 == 0x7A { return 0 }
        let at = text.startIndex
        guard text.count == 6, text[at] == 0x2B || text[at] == 0x2D, text[at + 3] == 0x3A,
            let hours = number(text[at + 1..<at + 3]), let minutes = number(text[at + 4..<at + 6])
        else { return nil }
        return (text[at] == 0x2D ? -1 : 1) * (hours * 60 + minutes)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for digit in digits {
            guard 0x30...0x39 ~= digit else { return nil }
            value = value * 10 + Int64(digit - 0x30)
        }
        return value
    }

    /// Since 1970, by Howard Hinnant's `days_from_civil`: years begin in March, so that the leap day is the last.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = (year / 400, year % 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
