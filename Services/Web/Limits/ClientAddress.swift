package import HTTPWire

/// Whose request it is, as far as the connection and trusted proxies say.
///
/// `X-Forwarded-For` is read from its end, where the nearest proxy wrote, and only for as long as who wrote is trusted: what
/// stands further left may be the client's own invention. `Forwarded` (RFC 7239) is never read: the proxies of deploy/ write
/// the other one, and hand on what a client puts into this one.
package struct ClientAddress: Sendable, Equatable {
    /// As text: RFC 5952's, or the peer's where that is no IP address.
    package let text: String
    /// Under which it is counted.
    package let counted: String

    /// Proxies behind each other; the address of the last of them counts where there are more.
    package static let hopsMax = 16

    package init(peer: String, headers: HTTPHeaders, trusted: TrustedProxies) {
        // A link-local peer has a zone, which says nothing to others.
        guard var address = IPAddress(peer.prefix { $0 != "%" }) else {
            (text, counted) = (peer, peer)
            return
        }
        if trusted.contains(address) {
            for entry in Self.entries(headers) {
                guard let said = Self.address(entry) else { break }
                address = said
                guard trusted.contains(said) else { break }
            }
        }
        (text, counted) = (address.description, address.counted)
    }

    /// The last first. Several fields of the name are one list (RFC 9110 section 5.3).
    private static func entries(_ headers: HTTPHeaders) -> some Sequence<Substring> {
        let all = headers.all("x-forwarded-for").flatMap { $0.split(separator: ",") }
        return all.lazy.reversed().map(trimmed).filter { !$0.isEmpty }.prefix(hopsMax)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }

    /// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
    private static func address(_ entry: Substring) -> IPAddress? {
        if entry.first == "[" {
            guard let end = entry.firstIndex(of: "]") else { return nil }
            let rest = entry[entry.index(after: end)...]
            guard rest.isEmpty || isPort(rest) else { return nil }
            let address = IPAddress(entry[..<end].dropFirst())
            return entry[..<end].contains(":") ? address : nil
        }
        if let address = IPAddress(entry) { return address }
        guard let colon = entry.firstIndex(of: ":"), isPort(entry[colon...]) else { return nil }
        return IPAddress(entry[..<colon])
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.first == ":" && 2...6 ~= text.utf8.count
            && text.utf8.dropFirst().allSatisfy { 0x30...0x39 ~= $0 }
    }
}
