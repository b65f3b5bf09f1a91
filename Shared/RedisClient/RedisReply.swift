/// A reply in RESP2, the protocol that Redis speaks unless asked for another.
package enum RedisReply: Sendable, Equatable {
    case null
    case integer(Int64)
    /// A simple string such as `OK`.
    case status(String)
    case error(String)
    case bulk([UInt8])
    case array([RedisReply])

    /// The text of a bulk or simple string; bytes that are no UTF-8 are replaced.
    package var string: String? {
        switch self {
        case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
        case .status(let text): text
        case .null, .integer, .error, .array: nil
        }
    }

    package var bytes: [UInt8]? {
        switch self {
        case .bulk(let bytes): bytes
        case .status(let text): Array(text.utf8)
        case .null, .integer, .error, .array: nil
        }
    }

    package var integer: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    package var array: [RedisReply]? {
        if case .array(let elements) = self { elements } else { nil }
    }
}
