import HTTPWire

/// What a request parser makes of some bytes: every event until it needs more, or fails.
struct Transcript: Equatable {
    var events: [RequestParser.Event] = []
    var error: HTTPWireError?

    init(_ text: String, limits: HTTPLimits = .standard) {
        self.init(pieces: [Array(text.utf8)], limits: limits)
    }

    /// Body pieces that follow each other are joined: how a body was cut on its way must not matter.
    init(pieces: [[UInt8]], limits: HTTPLimits = .standard) {
        var parser = RequestParser(limits: limits)
        for piece in pieces {
            parser.append(piece)
            do throws(HTTPWireError) {
                while let event = try parser.next() { add(event) }
            } catch {
                self.error = error
                return
            }
        }
    }

    private mutating func add(_ event: RequestParser.Event) {
        if case .body(let piece) = event, case .body(let before) = events.last {
            events[events.count - 1] = .body(before + piece)
        } else {
            events.append(event)
        }
    }

    var heads: [HTTPRequestHead] { events.compactMap { if case .head(let head) = $0 { head } else { nil } } }
    var bodies: [String] {
        events.compactMap {
            if case .body(let body) = $0 { String(decoding: body, as: UTF8.self) } else { nil }
        }
    }
    var requestsCompleted: Int { events.count { $0 == .end } }
}

/// A GET with these header lines besides Host.
func get(_ lines: String..., target: String = "/") -> String {
    "GET \(target) HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
}

func post(_ lines: String..., body: String) -> String {
    "POST / HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n" + body
}
