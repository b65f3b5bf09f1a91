/// What a frame is (RFC 6455 section 5.2).
package enum WebSocketOpcode: UInt8, Sendable, Equatable {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    package var isControl: Bool { rawValue >= 0x8 }
}

/// A frame's fixed part.
package struct WebSocketFrameHeader: Sendable, Equatable {
    package var opcode: WebSocketOpcode
    /// Whether the frame ends its message.
    package var isFinal: Bool
    /// Present on everything a client sends, absent on everything a server sends.
    package var mask: UInt32?
    package var payloadCount: Int
}

package enum WebSocketFrameWriter {
    /// One whole frame. `mask` must be fresh random bits for each frame of a client, nil for a server.
    package static func frame(
        _ opcode: WebSocketOpcode,
        _ payload: some Collection<UInt8>,
        isFinal: Bool = true,
        mask: UInt32?
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(payload.count + headerBytesMax)
        appendHeader(opcode, payloadCount: payload.count, isFinal: isFinal, mask: mask, to: &bytes)
        let start = bytes.count
        bytes.append(contentsOf: payload)
        if let mask { applyMask(mask, to: &bytes, from: start) }
        return bytes
    }

    package static let headerBytesMax = 14

    /// What stands before a payload of so many bytes, the length in its shortest form (section 5.2).
    package static func appendHeader(
        _ opcode: WebSocketOpcode,
        payloadCount count: Int,
        isFinal: Bool = true,
        mask: UInt32? = nil,
        to bytes: inout [UInt8]
    ) {
        bytes.append((isFinal ? 0x80 : 0) | opcode.rawValue)
        let maskBit: UInt8 = mask == nil ? 0 : 0x80
        switch count {
        case 0...125: bytes.append(maskBit | UInt8(count))
        case 126...0xFFFF:
            bytes.append(maskBit | 126)
            append(UInt64(count), bytes: 2, to: &bytes)
        default:
            bytes.append(maskBit | 127)
            append(UInt64(count), bytes: 8, to: &bytes)
        }
        if let mask { append(UInt64(mask), bytes: 4, to: &bytes) }
    }

    /// The payload of a close frame. A reason past 123 bytes is cut at a character.
    package static func closePayload(code: UInt16, reason: String) -> [UInt8] {
        var text = reason
        while text.utf8.count > 123 { text.removeLast() }
        return [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(text.utf8)
    }

    private static func append(_ value: UInt64, bytes count: Int, to bytes: inout [UInt8]) {
        for shift in stride(from: (count - 1) * 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
        }
    }
}

/// XORs the bytes from `start` on with the mask, which begins anew at `phase` (section 5.3).
func applyMask(_ mask: UInt32, to bytes: inout [UInt8], from start: Int = 0, phase: Int = 0) {
    // Eight bytes per step would need unsafe loads; the optimiser vectorises this loop over four keys well
    // enough.
    let key = (
        UInt8(truncatingIfNeeded: mask >> 24), UInt8(truncatingIfNeeded: mask >> 16),
        UInt8(truncatingIfNeeded: mask >> 8), UInt8(truncatingIfNeeded: mask)
    )
    var index = start
    var turn = phase & 3
    while index < bytes.count {
        switch turn {
        case 0: bytes[index] ^= key.0
        case 1: bytes[index] ^= key.1
        case 2: bytes[index] ^= key.2
        default: bytes[index] ^= key.3
        }
        turn = (turn + 1) & 3
        index += 1
    }
}
