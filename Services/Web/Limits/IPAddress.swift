/// An IPv4 or IPv6 address. IPv4 is held as it is mapped into IPv6 (RFC 4291 section 2.5.5.2), so `::ffff:192.0.2.1` is
/// `192.0.2.1`.
package struct IPAddress: Sendable, Hashable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package var isFour: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// Longer is none: `INET6_ADDRSTRLEN` without its end.
    private static let textMax = 45

    /// Nil for anything but one address, without port, brackets or zone.
    package init?(_ text: some StringProtocol) {
        guard 2...Self.textMax ~= text.utf8.count else { return nil }
        if let four = Self.four(text) {
            self.init(high: 0, low: 0xFFFF << 32 | four)
        } else if let groups = Self.groups(text) {
            self.init(
                high: groups[..<4].reduce(0) { $0 << 16 | UInt64($1) },
                low: groups[4...].reduce(0) { $0 << 16 | UInt64($1) }
            )
        } else {
            return nil
        }
    }

    /// Four decimal numbers without leading zeros: with them some read octal.
    private static func four(_ text: some StringProtocol) -> UInt64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt64 = 0
        for part in parts {
            guard 1...3 ~= part.utf8.count, part.utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
                part.utf8.count == 1 || part.utf8.first != 0x30, let number = UInt8(part)
            else { return nil }
            address = address << 8 | UInt64(number)
        }
        return address
    }

    /// Eight groups, some of them perhaps left out at one `::`.
    private static func groups(_ text: some StringProtocol) -> [UInt16]? {
        guard let gap = text.firstRange(of: "::") else {
            guard let groups = list(text[...]), groups.count == 8 else { return nil }
            return groups
        }
        let (front, back) = (text[..<gap.lowerBound], text[gap.upperBound...])
        guard !back.hasPrefix(":"), !front.contains("."), back.firstRange(of: "::") == nil,
            let first = front.isEmpty ? [] : list(front), let last = back.isEmpty ? [] : list(back),
            first.count + last.count < 8
        else { return nil }
        return first + Array(repeating: 0, count: 8 - first.count - last.count) + last
    }

    /// Groups between colons; the last may be an IPv4 address and counts for two.
    private static func list(_ text: some StringProtocol) -> [UInt16]? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains(".") {
                guard let four = four(part) else { return nil }
                groups += [UInt16(truncatingIfNeeded: four >> 16), UInt16(truncatingIfNeeded: four)]
            } else {
                guard 1...4 ~= part.utf8.count, part.utf8.allSatisfy(isHexDigit),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        default: false
        }
    }
}

extension IPAddress: CustomStringConvertible {
    /// As RFC 5952 writes it.
    package var description: String {
        if isFour {
            return (0..<4).map { String(low >> (24 - 8 * UInt64($0)) & 0xFF) }.joined(separator: ".")
        }
        let groups = (0..<8).map { index -> UInt64 in
            let half = index < 4 ? high : low
            return half >> (48 - 16 * UInt64(index % 4)) & 0xFFFF
        }
        guard let gap = Self.longestGap(groups) else { return Self.text(groups[...]) }
        return Self.text(groups[..<gap.lowerBound]) + "::" + Self.text(groups[gap.upperBound...])
    }

    /// What one who counts takes for one client: an IPv4 address, of IPv6 the network of 64 bits that is one customer's, whose
    /// addresses cost nothing.
    package var counted: String { isFour ? description : "\(IPAddress(high: high, low: 0))/64" }

    private static func text(_ groups: ArraySlice<UInt64>) -> String {
        groups.map { String($0, radix: 16) }.joined(separator: ":")
    }

    /// The first of the longest runs of two zeros or more.
    private static func longestGap(_ groups: [UInt64]) -> Range<Int>? {
        var best: Range<Int>?
        var start: Int?
        for index in 0...8 {
            if index < 8, groups[index] == 0 {
                start = start ?? index
            } else if let begun = start {
                if index - begun > max(1, best?.count ?? 0) { best = begun..<index }
                start = nil
            }
        }
        return best
    }
}
