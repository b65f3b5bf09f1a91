/// Why a message on an HTTP/1.1 connection was refused. After one, nothing on the connection can be trusted:
/// answer with `status` and close.
///
/// RFC 9112 lets a recipient guess in several places. Two recipients that guess differently about one stream
/// are how requests are smuggled past a proxy, so this parser never guesses.
package enum HTTPWireError: String, Error, Sendable, Equatable, CaseIterable {
    // Lines and heads.
    case badLineEnd, lineTooLong, headTooLarge, tooManyHeaders
    case badRequestLine, badMethod, badTarget, targetTooLong, unsupportedVersion
    case badStatusLine
    case badHeaderName, badHeaderValue, foldedHeader
    case missingHost, repeatedHost, badHost, hostMismatch
    case unsupportedExpectation
    // Framing.
    case badContentLength, repeatedContentLength, lengthAndEncoding, badTransferEncoding
    case badChunkSize, badChunkEnd, bodyTooLarge
    /// The peer closed in the middle of a message.
    case truncated

    /// The status to answer with before the connection is closed (RFC 9110 section 15.5).
    package var status: Int {
        switch self {
        case .targetTooLong: 414
        case .lineTooLong, .headTooLarge, .tooManyHeaders: 431
        case .bodyTooLarge: 413
        case .unsupportedExpectation: 417
        case .unsupportedVersion: 505
        case .badLineEnd, .badRequestLine, .badMethod, .badTarget, .badStatusLine, .badHeaderName,
            .badHeaderValue,
            .foldedHeader, .missingHost, .repeatedHost, .badHost, .hostMismatch, .badContentLength,
            .repeatedContentLength, .lengthAndEncoding, .badTransferEncoding, .badChunkSize, .badChunkEnd,
            .truncated:
            400
        }
    }
}
