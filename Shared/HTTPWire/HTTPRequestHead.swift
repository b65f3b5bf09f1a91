/// Request line and headers of a request that was checked (RFC 9112 section 3).
///
/// One reference: it goes through many hands, and each would count the references of all its parts.
package struct HTTPRequestHead: Sendable, Equatable {
    private final class Storage: Sendable {
        let method: String
        let headers: HTTPHeaders
        let minorVersion: Int
        let framing: BodyFraming
        let parts: RequestTarget

        init(
            method: String,
            headers: HTTPHeaders,
            minorVersion: Int,
            framing: BodyFraming,
            parts: RequestTarget
        ) {
            self.method = method
            self.headers = headers
            self.minorVersion = minorVersion
            self.framing = framing
            self.parts = parts
        }
    }

    private let storage: Storage
    private var parts: RequestTarget { storage.parts }

    package var method: String { storage.method }
    package var headers: HTTPHeaders { storage.headers }
    /// 0 or 1.
    package var minorVersion: Int { storage.minorVersion }
    /// Never `untilClose`.
    package var framing: BodyFraming { storage.framing }

    /// As sent.
    package var target: String { String(decoding: parts.text, as: UTF8.self) }
    /// Percent-decoded; absolute, or `*` for `OPTIONS *`. Holds no dot segments and no control characters.
    package var path: String { String(decoding: parts.path, as: UTF8.self) }
    /// The path's UTF-8, which mostly lies in the head as it came.
    package var pathBytes: ArraySlice<UInt8> { parts.path }
    /// Behind the question mark, still encoded. Nil without one.
    package var query: String? { parts.query.map { String(decoding: $0, as: UTF8.self) } }

    /// A head made by code: tests, and handlers called without a socket.
    package init(method: String, target: String, headers: HTTPHeaders = [:]) throws(HTTPWireError) {
        try self.init(method: method, target: Array(target.utf8)[...], headers: headers, minorVersion: 1)
    }

    init(method: String, target: ArraySlice<UInt8>, headers: HTTPHeaders, minorVersion: Int)
        throws(HTTPWireError)
    {
        let parts = try RequestTarget(target, method: method)
        let framing = try BodyFraming.stated(by: headers, minorVersion: minorVersion) ?? .none
        storage = Storage(
            method: method,
            headers: headers,
            minorVersion: minorVersion,
            framing: framing,
            parts: parts
        )
        if let authority = parts.authority {
            // RFC 9112 section 3.2.2 has the target win over Host; when they differ, somebody is being
            // fooled.
            guard isHost(authority) else { throw .badTarget }
            var hosts = headers.values("host")
            if let host = hosts.next(), !asciiEqual(host, authority) { throw .hostMismatch }
        }
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.storage === right.storage
            || (left.method == right.method && left.parts.text == right.parts.text
                && left.headers == right.headers && left.minorVersion == right.minorVersion)
    }

    /// Whether the connection stays open after the answer (RFC 9112 section 9.3).
    package var wantsKeepAlive: Bool {
        if headers.list("connection", contains: "close") { return false }
        return minorVersion == 1 || headers.list("connection", contains: "keep-alive")
    }

    /// Whether the client waits for 100 before it sends the body (RFC 9110 section 10.1.1).
    package var expectsContinue: Bool { minorVersion == 1 && headers["expect"] != nil && framing != .none }

    /// Every value of a query item, decoded, in order; a name without `=` has the empty value.
    package func queryItems(_ name: String) -> [String] {
        var values: [String] = []
        forEachQueryItem { key, raw, _ in
            // An item that only decodes together with its neighbour has no value of its own.
            guard RequestTarget.percentDecodes(key, to: name) else { return }
            guard let raw else { return values.append("") }
            if let value = RequestTarget.percentDecoded(raw, plusIsBlank: true) { values.append(value) }
        }
        return values
    }

    /// Name, value and the whole of each item, still encoded; empty ones are passed over. A query that holds none of the
    /// name costs no memory.
    private func forEachQueryItem(_ body: (ArraySlice<UInt8>, ArraySlice<UInt8>?, ArraySlice<UInt8>) -> Void)
    {
        guard var rest = parts.query else { return }
        while !rest.isEmpty {
            let item = rest.prefix { $0 != UInt8(ascii: "&") }
            rest = rest[item.endIndex...].dropFirst()
            guard !item.isEmpty else { continue }
            guard let equals = item.firstIndex(of: UInt8(ascii: "=")) else {
                body(item, nil, item)
                continue
            }
            body(item[..<equals], item[(equals + 1)...], item)
        }
    }

    /// The query, still encoded, without the items of a name: what may be kept where one of them is a secret.
    package func query(without name: String) -> String {
        var text: [UInt8] = []
        forEachQueryItem { key, _, item in
            guard !RequestTarget.percentDecodes(key, to: name) else { return }
            if !text.isEmpty { text.append(UInt8(ascii: "&")) }
            text += item
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The first value of a query item.
    package func queryItem(_ name: String) -> String? { queryItems(name).first }
}

/// `uri-host [ ":" port ]`: a name, an IPv4 address or an IPv6 literal in brackets (RFC 9110 section 7.2).
func isHost(_ text: ArraySlice<UInt8>) -> Bool {
    var rest = text
    guard let first = rest.first else { return false }
    if first == UInt8(ascii: "[") {
        guard let end = rest.firstIndex(of: UInt8(ascii: "]")), end > rest.startIndex + 2 else {
            return false
        }
        let literal = rest[(rest.startIndex + 1)..<end]
        let isLiteral = literal.allSatisfy {
            hexValue($0) != nil || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".")
        }
        guard isLiteral else { return false }
        rest = rest[(end + 1)...]
    } else {
        let name = rest.prefix { isHostByte($0) }
        guard !name.isEmpty else { return false }
        rest = rest[name.endIndex...]
    }
    guard let colon = rest.first else { return true }
    let port = rest.dropFirst()
    return colon == UInt8(ascii: ":") && port.count <= 5
        && port.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
}

/// `unreserved` and the underscore-like bytes that host names meet in practice; no escapes, no `sub-delims`.
private func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        true
    default: false
    }
}
