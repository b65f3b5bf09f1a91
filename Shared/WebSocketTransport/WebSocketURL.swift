internal import Base

/// A `ws:` or `wss:` address, taken apart (RFC 6455 section 3).
package struct WebSocketURL: Sendable, Equatable {
    package let isSecure: Bool
    /// Without the brackets of an IPv6 literal.
    package let host: String
    package let port: Int
    /// Path and query, as they go out.
    package let target: String
    /// For the `Host` header: with the port where it is not the scheme's own.
    package let authority: String

    /// Nil for another scheme, an empty host, a port out of range, user information, a fragment, or
    /// characters that an address must have encoded.
    package init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.contains("#") else { return nil }
        let lower = text.prefix(6).lowercased()
        guard lower.hasPrefix("ws://") || lower == "wss://" else { return nil }
        isSecure = lower == "wss://"
        let rest = text.dropFirst(isSecure ? 6 : 5)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let place = rest[..<end]
        let tail = rest[end...]
        target = tail.hasPrefix("/") ? String(tail) : "/" + tail
        guard !place.contains("@") else { return nil }
        let portText: Substring
        if place.hasPrefix("[") {
            guard let close = place.firstIndex(of: "]") else { return nil }
            host = String(place[place.index(after: place.startIndex)..<close])
            portText = place[place.index(after: close)...]
        } else {
            let colon = place.firstIndex(of: ":") ?? place.endIndex
            host = String(place[..<colon])
            portText = place[colon...]
        }
        guard !host.isEmpty else { return nil }
        let standard = isSecure ? 443 : 80
        if portText.isEmpty {
            port = standard
        } else {
            guard portText.hasPrefix(":"), let number = UInt64(decimal: portText.dropFirst().utf8),
                (1...65_535).contains(number)
            else { return nil }
            port = Int(number)
        }
        let name = host.contains(":") ? "[\(host)]" : host
        authority = port == standard ? name : "\(name):\(port)"
    }
}
