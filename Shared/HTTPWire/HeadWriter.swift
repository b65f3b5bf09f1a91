/// Encodes heads and chunks as they go out on the wire.
package enum HeadWriter {
    package static func response(status: Int, headers: HTTPHeaders) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        bytes.append(contentsOf: "HTTP/1.1 ".utf8)
        bytes.append(contentsOf: String(status).utf8)
        bytes.append(0x20)
        bytes.append(contentsOf: HTTPStatus.reason(status).utf8)
        bytes.append(contentsOf: "\r\n".utf8)
        append(headers, to: &bytes)
        return bytes
    }

    /// `target` must be encoded already: visible ASCII without blanks, or nil is returned.
    package static func request(method: String, target: String, headers: HTTPHeaders) -> [UInt8]? {
        guard !method.isEmpty, method.utf8.allSatisfy(isTokenByte), !target.isEmpty,
            target.utf8.allSatisfy(isVisible)
        else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        bytes.append(contentsOf: "\(method) \(target) HTTP/1.1\r\n".utf8)
        append(headers, to: &bytes)
        return bytes
    }

    private static func append(_ headers: HTTPHeaders, to bytes: inout [UInt8]) {
        headers.write(to: &bytes)
        bytes.append(contentsOf: "\r\n".utf8)
    }
}

/// The chunked transfer coding, outgoing (RFC 9112 section 7.1).
package enum ChunkWriter {
    /// One chunk. Empty input gives no bytes: a chunk of size 0 would end the body.
    package static func chunk(_ payload: some Collection<UInt8>) -> [UInt8] {
        guard !payload.isEmpty else { return [] }
        var bytes = Array(String(payload.count, radix: 16).utf8)
        bytes.reserveCapacity(bytes.count + payload.count + 4)
        bytes.append(contentsOf: "\r\n".utf8)
        bytes.append(contentsOf: payload)
        bytes.append(contentsOf: "\r\n".utf8)
        return bytes
    }

    /// The last chunk, without trailers.
    package static let end = Array("0\r\n\r\n".utf8)
}
