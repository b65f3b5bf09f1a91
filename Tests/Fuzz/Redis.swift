import RedisClient

/// ReplyReader over hiredis: chunk boundaries change nothing, and replies written again read the same.
func fuzzRedis(bytes: [UInt8]) throws(FuzzFailure) {
    let limit = choice(of: [1 << 20, 1 << 20, 64], for: bytes)
    let whole = replies([bytes], limit: limit)
    let pieces = replies(cut(bytes), limit: limit)
    // How much is held at once depends on the pieces; then what came before is the same.
    if bytes.count <= limit {
        try hold(whole == pieces, "whole: \(whole)\nin pieces: \(pieces)")
    } else {
        let count = min(whole.replies.count, pieces.replies.count)
        try hold(whole.replies.prefix(count) == pieces.replies.prefix(count), "\(whole)\n\(pieces)")
    }
    let written = pieces.replies.reduce(into: [UInt8]()) { write($1, into: &$0) }
    let again = replies([written], limit: 1 << 24)
    try hold(again.replies == pieces.replies && !again.isRefused, "\(pieces)\nread again: \(again)")
}

private struct Conversation: Equatable {
    var replies: [RedisReply] = []
    var isRefused = false
}

private func replies(_ pieces: [[UInt8]], limit: Int) -> Conversation {
    var reader = ReplyReader(bufferedBytesMax: limit)
    var conversation = Conversation()
    do throws(RedisError) {
        for piece in pieces {
            try reader.feed(piece)
            while let reply = try reader.next() { conversation.replies.append(reply) }
        }
    } catch {
        conversation.isRefused = true
    }
    return conversation
}

private func write(_ reply: RedisReply, into bytes: inout [UInt8]) {
    switch reply {
    case .null: bytes += "$-1\r\n".utf8
    case .integer(let value): bytes += ":\(value)\r\n".utf8
    case .status(let text): bytes += "+\(text)\r\n".utf8
    case .error(let text): bytes += "-\(text)\r\n".utf8
    case .bulk(let content):
        bytes += "$\(content.count)\r\n".utf8
        bytes += content
        bytes += "\r\n".utf8
    case .array(let elements):
        bytes += "*\(elements.count)\r\n".utf8
        for element in elements { write(element, into: &bytes) }
    }
}
