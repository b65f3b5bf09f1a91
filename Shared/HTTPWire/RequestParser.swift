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
        case headers(method: String, target: [UInt8], minorVersion: Int, fields: FieldLines)
        case body(BodyReader)
        case failed(HTTPWireError)
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
                    state = .start(blankSeen: true)
                } else {
                    state = try requestLine(line)
                }
            case .headers(let method, let target, let minorVersion, var fields):
                let complete = try fields.read(from: &lines, limits: limits)
                guard complete else {
                    state = .headers(
                        method: method,
                        target: target,
                        minorVersion: minorVersion,
                        fields: fields
                    )
                    return nil
                }
                let head = try HTTPRequestHead(
                    method: method,
                    target: target,
                    headers: fields.headers,
                    minorVersion: minorVersion
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
    private func requestLine(_ line: [UInt8]) throws(HTTPWireError) -> State {
        let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .badRequestLine }
        guard !parts[0].isEmpty, parts[0].count <= 32, parts[0].allSatisfy(isTokenByte) else {
            throw .badMethod
        }
        guard !parts[1].isEmpty else { throw .badTarget }
        return .headers(
            method: String(decoding: parts[0], as: UTF8.self),
            target: Array(parts[1]),
            minorVersion: try minorVersion(parts[2]),
            fields: FieldLines(startLineBytes: line.count + 2)
        )
    }

    private func check(_ head: HTTPRequestHead) throws(HTTPWireError) {
        let hosts = head.headers.all("host")
        if hosts.count > 1 { throw .repeatedHost }
        if let host = hosts.first {
            guard isHost(host.utf8) else { throw .badHost }
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
