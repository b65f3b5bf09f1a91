/// Reads Server-Sent Events out of bytes that come in pieces. WHATWG HTML, section 9.2.
struct BlockReader {
    struct Block {
        var id: String?
        var event: String?
        var data: [UInt8] = []
        var retry: Int64?
    }

    private var rest: [UInt8] = []

    mutating func take(_ bytes: [UInt8]) -> [Block] {
        rest += bytes
        var blocks: [Block] = []
        var block = Block()
        var isEmpty = true
        var start = 0
        var taken = 0
        while let end = rest[start...].firstIndex(of: 0x0A) {
            let line = rest[start..<end]
            start = end + 1
            if line.isEmpty {
                if !isEmpty { blocks.append(block) }
                block = Block()
                isEmpty = true
                taken = start
            } else {
                isEmpty = false
                Self.take(line, into: &block)
            }
        }
        rest.removeFirst(taken)
        return blocks
    }

    private static func take(_ line: ArraySlice<UInt8>, into block: inout Block) {
        if let value = value(of: "data: ", line) { return block.data = Array(value) }
        if let value = value(of: "id: ", line) { return block.id = String(decoding: value, as: UTF8.self) }
        if let value = value(of: "event: ", line) {
            return block.event = String(decoding: value, as: UTF8.self)
        }
        if let value = value(of: "retry: ", line) {
            block.retry = Int64(String(decoding: value, as: UTF8.self))
        }
    }

    private static func value(of name: String, _ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        line.starts(with: name.utf8) ? line.dropFirst(name.utf8.count) : nil
    }
}
