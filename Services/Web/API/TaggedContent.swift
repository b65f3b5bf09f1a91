import Base
import Crypto
import HTTPServer
import HTTPWire

/// Bytes with a strong tag made of its bytes alone, so that replicas agree.
struct TaggedContent: Sendable {
    let bytes: [UInt8]
    let tag: String

    private static let key = HMACSHA256.Key(Secret("guildwire tag"))

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        tag = "\"\(Base64.url.encoded(Array(Self.key.code(of: bytes).prefix(15))))\""
    }

    /// 304 without content where the client says that it has it (RFC 9110 section 13.1.2).
    func response(
        to request: HTTPRequest,
        cacheControl: String = Self.ofThisCaller,
        contentType: String = "application/json"
    ) -> HTTPResponse {
        let headers = request.headers
        let isKnown =
            headers.list("if-none-match", contains: tag)
            || headers.list("if-none-match", contains: "W/" + tag) || headers["if-none-match"] == "*"
        var response = HTTPResponse(headers: ["Content-Type": contentType], body: .bytes(bytes))
        if isKnown { response = HTTPResponse(status: 304) }
        response = response.with("ETag", tag).with("Cache-Control", cacheControl)
        return cacheControl == Self.ofThisCaller ? response.with("Vary", "Cookie, Authorization") : response
    }

    /// Kept by who asked, and asked about each time: rights may have changed.
    static let ofThisCaller = "private, no-cache"
}
