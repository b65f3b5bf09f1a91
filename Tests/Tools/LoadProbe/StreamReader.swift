import EventModels

/// Reads an SSE response as it comes: its head, then blocks. Keeps no data, only ids and names, to be cheap.
struct StreamReader {
    struct Block: Equatable {
        var id: EventID?
        var name = ""
        var retryMilliseconds: Int?
    }

    private var buffer: [UInt8] = []
    private var sawHead = false
    /// The status of the response, once its head is here.
    private(set) var status: Int?

    mutating func read(_ bytes: [UInt8], _ take: (Block) -> Void) {
        buffer += bytes
        var start = 0
        if !sawHead {
            guard let end = Self.find([13, 10, 13, 10], in: buffer, from: 0) else { return }
            status = Int(String(decoding: buffer.dropFirst(9).prefix(3), as: UTF8.self))
            sawHead = true
            start = end + 4
        }
        while let end = Self.find([10, 10], in: buffer, from: start) {
            take(Self.block(buffer[start..<end]))
            start = end + 2
        }
        buffer.removeFirst(start)
    }

    private static func find(_ mark: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= mark.count else { return nil }
        var index = start
        let last = bytes.count - mark.count
        while index <= last {
            if bytes[index] == mark[0], bytes[index..<index + mark.count].elementsEqual(mark) { return index }
            index += 1
        }
        return nil
    }

    /// `id:` and `event:` come before `data:` in our blocks, so that the data need not be looked at.
    private static func block(_ bytes: ArraySlice<UInt8>) -> Block {
        var block = Block()
        var rest = bytes
        while !rest.isEmpty {
            let line = rest.prefix { $0 != 10 }
            if line.starts(with: "data:".utf8) { break }
            let value = line.drop { $0 != 32 }.dropFirst()
            if line.starts(with: "id:".utf8) {
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
