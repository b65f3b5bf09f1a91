import HTTPWire

/// RequestParser: chunk boundaries change nothing, and a head that is accepted is the same when written again.
func fuzzHTTPRequest(bytes: [UInt8]) throws(FuzzFailure) {
    let limits = choice(of: [HTTPLimits.standard, .standard, .standard, .tight], for: bytes)
    let whole = RequestTranscript([bytes], limits)
    let pieces = RequestTranscript(cut(bytes), limits)
    try hold(whole == pieces, "whole: \(whole)\nin pieces: \(pieces)")
    for head in whole.heads { try check(head) }
}

private func check(_ head: HTTPRequestHead) throws(FuzzFailure) {
    let path = head.path
    try hold(path == "*" || path.hasPrefix("/"), "the path is relative: \(path)")
    for segment in path.utf8.split(separator: UInt8(ascii: "/")) {
        try hold(text(segment) != ".." && text(segment) != ".", "a dot segment passed: \(path)")
    }
    try hold(!path.utf8.contains { $0 < 0x20 || $0 == 0x7F || $0 == 0x5C }, "a control passed: \(path)")
    try hold(head.framing != .untilClose, "a request cannot end with its connection")
    try hold(head.minorVersion == 0 || head.headers.all("host").count == 1, "not one Host")
    for value in head.queryItems("guild") + head.queryItems("") { _ = value.utf8.count }
    _ = head.wantsKeepAlive
    _ = head.headers.list("connection", contains: "upgrade")
    guard head.minorVersion == 1 else { return }
    guard
        let written = HeadWriter.request(method: head.method, target: head.target, headers: head.headers)
    else { throw FuzzFailure(description: "an accepted head cannot be written: \(head)") }
    let again = RequestTranscript([written], .standard)
    // What is no UTF-8 grows when it is written.
    if let error = again.error, error.status == 431 || error.status == 414 { return }
    try hold(again.heads.first == head, "read: \(head)\nread again: \(again)")
}

/// Everything that a parser says of some pieces, body pieces joined.
private struct RequestTranscript: Equatable {
    var heads: [HTTPRequestHead] = []
    var bodies: [[UInt8]] = []
    var ends = 0
    var error: HTTPWireError?
    var unread: [UInt8] = []
    var isInside = false

    init(_ pieces: [[UInt8]], _ limits: HTTPLimits) {
        var parser = RequestParser(limits: limits)
        do throws(HTTPWireError) {
            for piece in pieces {
                parser.append(piece)
                while let event = try parser.next() { take(event) }
            }
            isInside = parser.isInsideRequest
            unread = parser.takeUnread()
        } catch {
            self.error = error
        }
    }

    private mutating func take(_ event: RequestParser.Event) {
        switch event {
        case .head(let head):
            heads.append(head)
            bodies.append([])
        case .body(let piece): bodies[bodies.count - 1] += piece
        case .end: ends += 1
        }
    }
}
