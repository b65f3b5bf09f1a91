/// Why a compressed stream cannot go on. After any of these the stream's context is lost: drop it and connect anew.
package struct CompressionError: Error, Equatable, CustomStringConvertible {
    package enum Code: Sendable, Equatable {
        /// The bytes are not of the format.
        case corrupt
        /// More came, or came out, than the caller allows.
        case tooLarge
        /// The library could not be set up: out of memory.
        case unavailable
        /// The peer ended a stream that has no end.
        case ended
        /// An error came before; this stream is of no more use.
        case broken
    }

    package let code: Code
    package let reason: String

    package var description: String { "compression: \(code): \(reason)" }
}
