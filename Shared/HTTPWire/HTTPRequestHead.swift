/// Request line and headers of a request that was checked (RFC 9112 section 3).
package struct HTTPRequestHead: Sendable, Equatable {
    package let method: String
    /// As sent.
    package let target: String
    /// Percent-decoded; absolute, or `*` for `OPTIONS *`. Holds no dot segments and no control characters.
    package let path: String
    /// Behind the question mark, still encoded. Nil without one.
    package let query: String?
    package let headers: HTTPHeaders
    /// 0 or 1.
    package let minorVersion: Int
    /// Never `untilClose`.
    package let framing: BodyFraming

    /// A head made by code: tests, and handlers called without a socket.
    package init(method: String, target: String, headers: HTTPHeaders = [:]) throws(HTTPWireError) {
        try self.init(method: method, target: Array(target.utf8), headers: headers, minorVersion: 1)
    }

    init(method: String, target: [UInt8], headers: HTTPHeaders, minorVersion: Int) throws(HTTPWireError) {
        let parts = try RequestTarget(target, method: method)
        self.method = method
        self.target = String(decoding: target, as: UTF8.self)
        path = parts.path
        query = parts.query
        self.headers = headers
        self.minorVersion = minorVersion
        framing = try BodyFraming.stated(by: headers, minorVersion: minorVersion) ?? .none
        if let authority = parts.authority {
            // RFC 9112 section 3.2.2 has the target win over Host; when they differ, somebody is being
            // fooled.
            guard isHost(authority.utf8) else { throw .badTarget }
            if let host = headers["host"], !asciiEqual(host, authority) { throw .hostMismatch }
        }
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
        guard let query else { return [] }
        var values: [String] = []
        // As an array: what is generic over a text's bytes costs several times more.
        for item in Array(query.utf8).split(separator: UInt8(ascii: "&")) {
            let equals = item.firstIndex(of: UInt8(ascii: "="))
            let key = item[..<(equals ?? item.endIndex)]
            // An item that only decodes together with its neighbour has no value of its own.
            guard RequestTarget.percentDecodes(key, to: name) else { continue }
            guard let equals else {
                values.append("")
                continue
            }
            let raw = item[item.index(after: equals)...]
            if let value = RequestTarget.percentDecoded(raw, plusIsBlank: true) { values.append(value) }
        }
        return values
    }

    /// The first value of a query item.
    package func queryItem(_ name: String) -> String? { queryItems(name).first }
}

/// `uri-host [ ":" port ]`: a name, an IPv4 address or an IPv6 literal in brackets (RFC 9110 section 7.2).
func isHost(_ text: some Collection<UInt8>) -> Bool {
    var rest = Array(text)[...]
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
