/// Collects the header section of one message: field lines until the empty one (RFC 9112 section 5).
///
/// The lines stay in their reader; what is kept here is where they lie, counted from the reader's front.
struct FieldLines: Sendable {
    private(set) var places: [HTTPHeaders.Place] = []
    private var bytes: Int

    /// `startLineBytes` count towards the head's limit.
    init(startLineBytes: Int = 0) { bytes = startLineBytes }

    /// True when the section is complete, false when more bytes are needed.
    mutating func read(from lines: inout LineReader, limits: HTTPLimits) throws(HTTPWireError) -> Bool {
        while let line = try lines.next(bytesMax: limits.headerLineBytesMax, tooLong: .lineTooLong) {
            bytes += line.count + 2
            if bytes > limits.headBytesMax { throw .headTooLarge }
            if line.isEmpty { return true }
            if places.count == limits.headersMax { throw .tooManyHeaders }
            if places.isEmpty { places.reserveCapacity(8) }
            places.append(try Self.place(of: line, in: lines.bytes))
        }
        return false
    }

    /// `bytes` begin at the reader's front.
    private static func place(of line: Range<Int>, in bytes: ArraySlice<UInt8>) throws(HTTPWireError)
        -> HTTPHeaders.Place
    {
        let bytes = bytes.span
        // obs-fold: a line that goes on from the one before (RFC 9112 section 5.2).
        if isBlank(bytes[line.lowerBound]) { throw .foldedHeader }
        var colon = line.lowerBound
        // A blank before the colon fails here too, as RFC 9112 section 5.1 demands.
        while colon < line.upperBound, isTokenByte(bytes[colon]) { colon += 1 }
        guard colon > line.lowerBound, colon < line.upperBound, bytes[colon] == UInt8(ascii: ":") else {
            throw .badHeaderName
        }
        var (start, end) = (colon + 1, line.upperBound)
        while start < end, isBlank(bytes[start]) { start += 1 }
        while start < end, isBlank(bytes[end - 1]) { end -= 1 }
        for index in start..<end where isControlByte(bytes[index]) { throw .badHeaderValue }
        return HTTPHeaders.Place(name: line.lowerBound..<colon, value: start..<end)
    }
}
