/// How much of one message a parser takes before it refuses. Each has its answer in `HTTPWireError.status`.
package struct HTTPLimits: Sendable, Equatable {
    /// Request or status line, without its line end. 414 for a request line.
    package var startLineBytesMax = 8_192
    /// One header or trailer line. 431.
    package var headerLineBytesMax = 8_192
    /// Header or trailer lines of one message. 431.
    package var headersMax = 100
    /// Start line, headers and trailers together. 431.
    package var headBytesMax = 32_768
    /// The body after decoding. 413.
    package var bodyBytesMax = 1 << 20
    /// A chunk's size line with its extensions. 400.
    package var chunkLineBytesMax = 256

    package init() {}

    package init(bodyBytesMax: Int) { self.bodyBytesMax = bodyBytesMax }

    package static let standard = HTTPLimits()
}
