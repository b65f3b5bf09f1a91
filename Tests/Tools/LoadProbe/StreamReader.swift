import EventModels
import HTTPWire

/// Reads an SSE response as it comes: its head, then blocks. Does not look into what they hold, to be cheap.
struct StreamReader {
    struct Block {
        /// As sent, without `id: `; what `Last-Event-ID` will say.
        var idText: ArraySlice<UInt8>?
        /// Of a stream of one shard.
        var id: EventID?
        var name = ""
        var data: ArraySlice<UInt8> = []
        var retryMilliseconds: Int?
        /// The whole block, to tell it from others.
        var bytes: ArraySlice<UInt8> = []
    }

    // A stream has no end.
    private var response = ResponseParser(limits: HTTPLimits(bodyBytesMax: .max))
    private var buffer: [UInt8] = []
    /// The answer is no event stream; an EventSource gives up for good on it. Nil as long as that is not so.
    private(set) var refusedStatus: Int?
    /// The response is over; a proxy may keep its connection open behind it.
    private(set) var isEnded = false

    /// What the bytes complete. An incomplete block at the end of a stream is none, as in a browser.
    mutating func read(_ bytes: [UInt8], _ take: (Block) -> Void) throws {
        response.append(bytes)
        while let event = try response.next() {
            switch event {
            case .head(let head):
                let kind = head.headers["content-type"] ?? ""
                guard head.status == 200, kind.hasPrefix("text/event-stream") else {
                    refusedStatus = head.status
                    return
                }
            case .body(let part):
                buffer += part
                takeBlocks(take)
            case .end: isEnded = true
            default: break
            }
        }
    }

    private mutating func takeBlocks(_ take: (Block) -> Void) {
        var start = 0
        while let end = Self.endOfBlock(in: buffer, from: start) {
            take(Self.block(buffer[start..<end]))
            start = end + 2
        }
        if start > 0 { buffer = Array(buffer[start...]) }
    }

    private static func endOfBlock(in bytes: [UInt8], from start: Int) -> Int? {
        var index = start
        while index + 1 < bytes.count {
            if bytes[index + 1] != 10 {
                index += 2
            } else if bytes[index] == 10 {
                return index
            } else {
                index += 1
            }
        }
        return nil
    }

    /// `id:` and `event:` come before the one `data:` line in our blocks, so that it need not be looked at.
    private static func block(_ bytes: ArraySlice<UInt8>) -> Block {
        var block = Block()
        block.bytes = bytes
        var rest = bytes
        while !rest.isEmpty {
            if rest.starts(with: "data:".utf8) {
                block.data = rest.dropFirst(6)
                break
            }
            let line = rest.prefix { $0 != 10 }
            let value = line.drop { $0 != 32 }.dropFirst()
            if line.starts(with: "id:".utf8) {
                block.idText = value
                block.id = EventID(bytes: value)
            } else if line.starts(with: "event:".utf8) {
                block.name = String(decoding: value, as: UTF8.self)
            } else if line.starts(with: "retry:".utf8) {
                block.retryMilliseconds = Int(String(decoding: value, as: UTF8.self))
            }
            rest = rest.dropFirst(line.count + 1)
        }
        return block
    }
}
