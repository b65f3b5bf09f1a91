/// Bytes in, requests out: the server's half of RFC 9112. Strict; see `HTTPWireError`.
///
/// Holds at most what has been appended and not yet taken, so whoever appends decides when to stop reading.
package struct RequestParser: Sendable {
    package enum Event: Sendable, Equatable {
        case head(HTTPRequestHead)
        /// A piece of the body, never empty.
        case body([UInt8])
        /// The request is complete; the next call may begin another.
        case end
    }

    private enum State: Sendable {
        /// Between requests. `blankSeen`: the one empty line that section 2.2 lets pass has passed.
        case start(blankSeen: Bool)
        case headers(RequestLine, FieldLines)
        case body(BodyReader)
        case failed(HTTPWireError)
    }

    private struct RequestLine {
        let method: String
        /// Where it lies in the head.
        let target: Range<Int>
        let minorVersion: Int
    }

    private let limits: HTTPLimits
    private var lines = LineReader()
    private var state = State.start(blankSeen: false)

    package init(limits: HTTPLimits = .standard) { self.limits = limits }

    /// Bytes that have arrived and belong to nothing yet.
    package var unreadCount: Int { lines.count }

    /// False between requests while nothing of the next one has arrived.
    package var isInsideRequest: Bool {
        if case .start = state { lines.count > 0 } else { true }
    }

    package mutating func append(_ bytes: [UInt8]) { lines.append(bytes) }

    /// What has not been parsed, taken away: the bytes behind an upgrade.
    package mutating func takeUnread() -> [UInt8] { lines.takeAll() }

    /// The next event, or nil when more bytes are needed. After an error the same error again.
    package mutating func next() throws(HTTPWireError) -> Event? {
        do throws(HTTPWireError) {
            return try step()
        } catch {
            state = .failed(error)
            throw error
        }
    }

    private mutating func step() throws(HTTPWireError) -> Event? {
        while true {
            switch state {
            case .failed(let error): throw error
            case .start(let blankSeen):
                guard let line = try lines.next(bytesMax: limits.startLineBytesMax, tooLong: .targetTooLong)
                else {
                    return nil
                }
                if line.isEmpty, !blankSeen {
                    lines.dropLines()
                    state = .start(blankSeen: true)
                } else {
                    let fields = FieldLines(startLineBytes: line.count + 2)
                    state = .headers(try requestLine(line), fields)
                }
            case .headers(let line, var fields):
                let complete = try fields.read(from: &lines, limits: limits)
                guard complete else {
                    state = .headers(line, fields)
                    return nil
                }
                let bytes = lines.takeLines()
                let head = try HTTPRequestHead(
                    method: line.method,
                    target: bytes[line.target],
                    headers: HTTPHeaders(parsed: bytes, fields.places),
                    minorVersion: line.minorVersion
                )
                try check(head)
                state = .body(try BodyReader(head.framing, limits: limits))
                return .head(head)
            case .body(var reader):
                let step = try reader.next(from: &lines, limits: limits)
                state = .body(reader)
                switch step {
                case .piece(let bytes): return .body(bytes)
                case .needsMore: return nil
                case .ended:
                    state = .start(blankSeen: false)
                    return .end
                }
            }
        }
    }

    /// `method SP request-target SP HTTP-version`, one blank each.
    private func requestLine(_ line: Range<Int>) throws(HTTPWireError) -> RequestLine {
        let bytes = lines.bytes.dropFirst(line.lowerBound).prefix(line.count)
        guard let first = bytes.firstIndex(of: 0x20), let last = bytes.lastIndex(of: 0x20),
            first < last, !bytes[(first + 1)..<last].contains(0x20)
        else { throw .badRequestLine }
        let method = bytes[..<first]
        guard !method.isEmpty, method.count <= 32, method.allSatisfy(isTokenByte) else { throw .badMethod }
        guard last > first + 1 else { throw .badTarget }
        let start = line.lowerBound - bytes.startIndex
        return RequestLine(
            method: String(decoding: method, as: UTF8.self),
            target: (start + first + 1)..<(start + last),
            minorVersion: try minorVersion(bytes[(last + 1)...])
        )
    }

    private func check(_ head: HTTPRequestHead) throws(HTTPWireError) {
        var hosts = head.headers.values("host")
        let host = hosts.next()
        if hosts.next() != nil { throw .repeatedHost }
        if let host {
            guard isHost(host) else { throw .badHost }
        } else if head.minorVersion == 1 {
            throw .missingHost
        }
        let expectations = head.headers.all("expect")
        if head.minorVersion == 1, let expectation = expectations.first {
            guard expectations.count == 1, asciiEqual(expectation, "100-continue") else {
                throw .unsupportedExpectation
            }
        }
    }
}

/// `HTTP/1.0` or `HTTP/1.1`; another well-formed version is refused with 505, anything else with 400.
func minorVersion(_ text: ArraySlice<UInt8>) throws(HTTPWireError) -> Int {
    if text.elementsEqual("HTTP/1.1".utf8) { return 1 }
    if text.elementsEqual("HTTP/1.0".utf8) { return 0 }
    let digits = Array(text.suffix(3))
    let isDigit = { (byte: UInt8) in byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
    guard text.count == 8, text.starts(with: "HTTP/".utf8), isDigit(digits[0]),
        digits[1] == UInt8(ascii: "."),
        isDigit(digits[2])
    else { throw .badRequestLine }
    throw .unsupportedVersion
}
