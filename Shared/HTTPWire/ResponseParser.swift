/// Status line and headers of a response (RFC 9112 section 4).
package struct HTTPResponseHead: Sendable, Equatable {
    package let status: Int
    package let reason: String
    package let headers: HTTPHeaders
    package let minorVersion: Int
}

/// Bytes in, one response out: the client's half of RFC 9112, for event streams and WebSocket handshakes.
package struct ResponseParser: Sendable {
    package enum Event: Sendable, Equatable {
        /// A status below 200 other than 101; the real head follows.
        case interim(HTTPResponseHead)
        case head(HTTPResponseHead)
        case body([UInt8])
        case end
        /// The answer was 101: what follows, if anything, is another protocol's (`takeUnread`).
        case upgraded(HTTPResponseHead)
    }

    private enum State: Sendable {
        case start
        case headers(status: Int, reason: String, minorVersion: Int, fields: FieldLines)
        case body(BodyReader)
        case ended
        case failed(HTTPWireError)
    }

    private let limits: HTTPLimits
    private let method: String
    private var lines = LineReader()
    private var state = State.start

    /// `method` is that of the request: an answer to HEAD has no body whatever its headers say.
    package init(method: String = "GET", limits: HTTPLimits = .standard) {
        self.method = method
        self.limits = limits
    }

    package mutating func append(_ bytes: [UInt8]) { lines.append(bytes) }

    package mutating func takeUnread() -> [UInt8] { lines.takeAll() }

    /// The next event, or nil when more bytes are needed or the response has ended.
    package mutating func next() throws(HTTPWireError) -> Event? {
        do throws(HTTPWireError) {
            return try step()
        } catch {
            state = .failed(error)
            throw error
        }
    }

    /// The connection has ended. `.end` when that completes the response, nil when it was complete before.
    package mutating func finish() throws(HTTPWireError) -> Event? {
        switch state {
        case .ended: return nil
        case .body(let reader) where reader.endsWithConnection:
            state = .ended
            return .end
        case .failed(let error): throw error
        case .start, .headers, .body: throw .truncated
        }
    }

    private mutating func step() throws(HTTPWireError) -> Event? {
        while true {
            switch state {
            case .failed(let error): throw error
            case .ended: return nil
            case .start:
                guard let line = try lines.next(bytesMax: limits.startLineBytesMax, tooLong: .lineTooLong)
                else {
                    return nil
                }
                state = try statusLine(line)
                lines.dropLines()
            case .headers(let status, let reason, let minorVersion, var fields):
                guard try fields.read(from: &lines, limits: limits) else {
                    state = .headers(
                        status: status,
                        reason: reason,
                        minorVersion: minorVersion,
                        fields: fields
                    )
                    return nil
                }
                return try headEvent(
                    HTTPResponseHead(
                        status: status,
                        reason: reason,
                        headers: HTTPHeaders(parsed: lines.takeLines(), fields.places),
                        minorVersion: minorVersion
                    )
                )
            case .body(var reader):
                let step = try reader.next(from: &lines, limits: limits)
                state = .body(reader)
                switch step {
                case .piece(let bytes): return .body(bytes)
                case .needsMore: return nil
                case .ended:
                    state = .ended
                    return .end
                }
            }
        }
    }

    private mutating func headEvent(_ head: HTTPResponseHead) throws(HTTPWireError) -> Event {
        if head.status == 101 {
            state = .ended
            return .upgraded(head)
        }
        if head.status < 200 {
            state = .start
            return .interim(head)
        }
        state = .body(try BodyReader(try framing(of: head), limits: limits))
        return .head(head)
    }

    /// RFC 9112 section 6.3.
    private func framing(of head: HTTPResponseHead) throws(HTTPWireError) -> BodyFraming {
        let stated = try BodyFraming.stated(by: head.headers, minorVersion: head.minorVersion)
        if method == "HEAD" || head.status == 204 || head.status == 304 { return .none }
        return stated ?? .untilClose
    }

    /// `HTTP-version SP 3DIGIT SP [ reason ]`; the blank before an absent reason may be missing.
    private func statusLine(_ range: Range<Int>) throws(HTTPWireError) -> State {
        let line = lines.bytes.dropFirst(range.lowerBound).prefix(range.count)
        let parts = line.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[1].count == 3, !line.contains(where: isControlByte) else {
            throw .badStatusLine
        }
        var status = 0
        for byte in parts[1] {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { throw .badStatusLine }
            status = status * 10 + Int(byte - UInt8(ascii: "0"))
        }
        guard status >= 100, status <= 599 else { throw .badStatusLine }
        return .headers(
            status: status,
            reason: parts.count == 3 ? String(decoding: parts[2], as: UTF8.self) : "",
            minorVersion: try minorVersion(parts[0]),
            fields: FieldLines(startLineBytes: line.count + 2)
        )
    }
}
