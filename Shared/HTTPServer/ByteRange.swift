internal import Base

/// What a `Range` header asks of a file (RFC 9110 section 14).
enum ByteRange: Equatable {
    /// No range, or one that may be ignored: another unit, several ranges, broken syntax.
    case whole
    case part(Range<Int>)
    /// A range past the end: 416.
    case unsatisfiable

    init(_ header: String?, count: Int) {
        self = .whole
        // Names of units compare without case.
        guard let header, header.prefix(6).lowercased() == "bytes=" else { return }
        let parts = header.utf8.dropFirst(6).split(
            separator: UInt8(ascii: "-"),
            omittingEmptySubsequences: false
        )
        guard parts.count == 2 else { return }
        let first = UInt64(decimal: parts[0])
        let last = UInt64(decimal: parts[1])
        switch (first, last) {
        case (let first?, let last?) where first <= last:
            self = Self.part(from: first, to: last, count: count)
        case (let first?, nil) where parts[1].isEmpty:
            self = Self.part(from: first, to: .max, count: count)
        case (nil, let suffix?) where parts[0].isEmpty:
            self =
                suffix == 0 || count == 0
                ? .unsatisfiable : .part(max(0, count - Int(clamping: suffix))..<count)
        default: break
        }
    }

    private static func part(from first: UInt64, to last: UInt64, count: Int) -> ByteRange {
        guard first < UInt64(count) else { return .unsatisfiable }
        return .part(Int(first)..<Int(min(last, UInt64(count) - 1)) + 1)
    }
}
