internal import Base

/// How a message says where its body ends (RFC 9112 section 6).
package enum BodyFraming: Sendable, Equatable {
    case none
    case length(Int)
    case chunked
    /// Responses only: the body ends with the connection.
    case untilClose

    /// What the headers state, or nil when they state nothing.
    static func stated(by headers: HTTPHeaders, minorVersion: Int) throws(HTTPWireError) -> BodyFraming? {
        let encodings = headers.all("transfer-encoding")
        let lengths = headers.all("content-length")
        if !encodings.isEmpty {
            guard lengths.isEmpty else { throw .lengthAndEncoding }
            // HTTP/1.0 knows no chunks: whoever sends them does not mean what the next recipient reads.
            guard minorVersion == 1, encodings.count == 1, asciiEqual(encodings[0], "chunked") else {
                throw .badTransferEncoding
            }
            return .chunked
        }
        guard let text = lengths.first else { return nil }
        // Equal repeats are refused as well; nobody sends them by intent.
        guard lengths.count == 1 else { throw .repeatedContentLength }
        guard let value = UInt64(decimal: text.utf8), value <= UInt64(Int.max) else {
            throw .badContentLength
        }
        return .length(Int(value))
    }
}

/// Reads a body off the line reader in whatever pieces arrive.
struct BodyReader: Sendable {
    private enum State: Sendable {
        case remaining(Int)
        case chunkSize
        case chunkData(Int)
        case chunkEnd
        case trailers(FieldLines)
        case untilClose
        case ended
    }

    enum Step: Sendable { case piece([UInt8]), needsMore, ended }

    private var state: State
    private var bytesLeft: Int

    init(_ framing: BodyFraming, limits: HTTPLimits) throws(HTTPWireError) {
        bytesLeft = limits.bodyBytesMax
        switch framing {
        case .none: state = .ended
        case .length(let count):
            if count > limits.bodyBytesMax { throw .bodyTooLarge }
            state = count == 0 ? .ended : .remaining(count)
        case .chunked: state = .chunkSize
        case .untilClose: state = .untilClose
        }
    }

    /// Whether the end of the connection ends this body properly.
    var endsWithConnection: Bool {
        if case .untilClose = state { true } else { false }
    }

    mutating func next(from lines: inout LineReader, limits: HTTPLimits) throws(HTTPWireError) -> Step {
        while true {
            switch state {
            case .remaining(let count):
                let piece = lines.take(upTo: count)
                if piece.isEmpty { return .needsMore }
                state = piece.count == count ? .ended : .remaining(count - piece.count)
                return .piece(piece)
            case .chunkSize:
                guard let line = try lines.next(bytesMax: limits.chunkLineBytesMax, tooLong: .badChunkSize)
                else {
                    return .needsMore
                }
                let size = try chunkSize(lines.bytes.prefix(line.upperBound))
                lines.dropLines()
                if size > bytesLeft { throw .bodyTooLarge }
                bytesLeft -= size
                state = size == 0 ? .trailers(FieldLines()) : .chunkData(size)
            case .chunkData(let count):
                let piece = lines.take(upTo: count)
                if piece.isEmpty { return .needsMore }
                state = piece.count == count ? .chunkEnd : .chunkData(count - piece.count)
                return .piece(piece)
            case .chunkEnd:
                guard let line = try lines.next(bytesMax: 0, tooLong: .badChunkEnd) else { return .needsMore }
                precondition(line.isEmpty, "a line of at most no bytes is empty")
                lines.dropLines()
                state = .chunkSize
            case .trailers(var fields):
                // Checked like headers and then dropped: nothing here may change a request after the fact.
                let complete = try fields.read(from: &lines, limits: limits)
                state = complete ? .ended : .trailers(fields)
                if !complete { return .needsMore }
                lines.dropLines()
            case .untilClose:
                if lines.count == 0 { return .needsMore }
                if bytesLeft == 0 { throw .bodyTooLarge }
                let piece = lines.take(upTo: bytesLeft)
                bytesLeft -= piece.count
                return .piece(piece)
            case .ended: return .ended
            }
        }
    }

    /// `1*HEXDIG [ chunk-ext ]`. Extensions are skipped; blanks around the size are refused.
    private func chunkSize(_ line: ArraySlice<UInt8>) throws(HTTPWireError) -> Int {
        var size = 0
        var digits = 0
        for byte in line {
            guard let value = hexValue(byte) else {
                guard byte == UInt8(ascii: ";"), digits > 0, !line.contains(where: isControlByte) else {
                    throw .badChunkSize
                }
                return size
            }
            digits += 1
            // 15 digits stay below 2^60.
            guard digits <= 15 else { throw .badChunkSize }
            size = size << 4 | Int(value)
        }
        guard digits > 0 else { throw .badChunkSize }
        return size
    }
}
