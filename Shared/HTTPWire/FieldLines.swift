/// Collects the header section of one message: field lines until the empty one (RFC 9112 section 5).
struct FieldLines: Sendable {
    private(set) var headers = HTTPHeaders()
    private var bytes: Int

    /// `startLineBytes` count towards the head's limit.
    init(startLineBytes: Int = 0) { bytes = startLineBytes }

    /// True when the section is complete, false when more bytes are needed.
    mutating func read(from lines: inout LineReader, limits: HTTPLimits) throws(HTTPWireError) -> Bool {
        while let line = try lines.next(bytesMax: limits.headerLineBytesMax, tooLong: .lineTooLong) {
            bytes += line.count + 2
            if bytes > limits.headBytesMax { throw .headTooLarge }
            if line.isEmpty { return true }
            if headers.count == limits.headersMax { throw .tooManyHeaders }
            try add(line)
        }
        return false
    }

    private mutating func add(_ line: [UInt8]) throws(HTTPWireError) {
        // obs-fold: a line that goes on from the one before (RFC 9112 section 5.2).
        if let first = line.first, isBlank(first) { throw .foldedHeader }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { throw .badHeaderName }
        let name = line[..<colon]
        // A blank before the colon fails here too, as RFC 9112 section 5.1 demands.
        guard name.allSatisfy(isTokenByte) else { throw .badHeaderName }
        let value = trimmed(line[(colon + 1)...])
        guard !value.contains(where: isControlByte) else { throw .badHeaderValue }
        headers.appendParsed(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
    }
}
