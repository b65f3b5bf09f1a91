import HTTPWire

/// ResponseParser, for GET and HEAD: chunk boundaries change nothing, and nothing follows a response's end.
func fuzzHTTPResponse(bytes: [UInt8]) throws(FuzzFailure) {
    let method = choice(of: ["GET", "GET", "GET", "HEAD"], for: bytes)
    let limits = choice(of: [HTTPLimits.standard, .tight, .standard, .standard, .standard], for: bytes)
    let whole = ResponseTranscript([bytes], method, limits)
    let pieces = ResponseTranscript(cut(bytes), method, limits)
    try hold(whole == pieces, "\(method), whole: \(whole)\nin pieces: \(pieces)")
    try hold(whole.heads.count <= 1, "two heads in one response")
    if method == "HEAD" { try hold(whole.body.isEmpty, "an answer to HEAD has a body") }
    for head in whole.heads + whole.interim { try check(head) }
}

private func check(_ head: HTTPResponseHead) throws(FuzzFailure) {
    try hold(100...599 ~= head.status, "status \(head.status)")
    let written = HeadWriter.response(status: head.status, headers: head.headers)
    let again = ResponseTranscript([written], "GET", .standard)
    if let error = again.error, error.status == 431 || error.status == 413 { return }
    guard let read = (again.interim + again.heads).first else {
        // Heads for HEAD may state what no answer to GET could keep.
        try hold(again.error != nil, "a written head is not read: \(head)")
        return
    }
    try hold(
        read.status == head.status && read.headers == head.headers,
        "read: \(head)\nread again: \(read)"
    )
}

private struct ResponseTranscript: Equatable {
    var interim: [HTTPResponseHead] = []
    var heads: [HTTPResponseHead] = []
    var body: [UInt8] = []
    var isEnded = false
    var isUpgraded = false
    var error: HTTPWireError?
    var unread: [UInt8] = []

    init(_ pieces: [[UInt8]], _ method: String, _ limits: HTTPLimits) {
        var parser = ResponseParser(method: method, limits: limits)
        do throws(HTTPWireError) {
            for piece in pieces {
                parser.append(piece)
                while let event = try parser.next() { take(event) }
            }
            if let event = try parser.finish() { take(event) }
            unread = parser.takeUnread()
        } catch {
            self.error = error
        }
    }

    private mutating func take(_ event: ResponseParser.Event) {
        switch event {
        case .interim(let head): interim.append(head)
        case .head(let head): heads.append(head)
        case .body(let piece): body += piece
        case .end: isEnded = true
        case .upgraded(let head):
            heads.append(head)
            isUpgraded = true
        }
    }
}
