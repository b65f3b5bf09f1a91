import Web
import WebSocketWire

/// What a client of the feed sends: cuts change neither why it ends nor its last word, and what is answered are whole frames.
func fuzzFeed(bytes: [UInt8]) throws(FuzzFailure) {
    let whole = heard([bytes])
    let pieces = heard(cut(bytes))
    try hold(whole.last == pieces.last && whole.refusal == pieces.refusal, "\(whole), in pieces \(pieces)")
    for heard in [whole, pieces] {
        try hold(heard.refusal == nil || heard.last != nil, "refused without a word: \(heard)")
        if let pong = heard.pong { try check(pong, isLast: false) }
        if let last = heard.last { try check(last, isLast: true) }
    }
}

/// The last that each kind of answer was.
private func heard(_ pieces: [[UInt8]]) -> FeedInputs.Heard {
    var inputs = FeedInputs()
    inputs.hear(3)
    var all = FeedInputs.Heard()
    for piece in pieces where all.last == nil {
        let heard = inputs.take(piece, from: 3)
        all.pong = heard.pong ?? all.pong
        all.last = heard.last
        all.refusal = heard.refusal
    }
    return all
}

/// As a strict client reads it.
private func check(_ frame: [UInt8], isLast: Bool) throws(FuzzFailure) {
    var client = WebSocketMachine(role: .client, messageBytesMax: 0)
    client.received(frame)
    switch client.nextAction() {
    case .pongReceived(let payload):
        try hold(!isLast && payload.count <= 125, "a pong of \(payload.count) bytes")
    case .finish(_, let code, _):
        try hold(isLast && (code == 1005 || WebSocketCloseCode.isSendable(code)), "\(code)")
    case let other: throw FuzzFailure(description: "no answer: \(String(describing: other))")
    }
    try hold(client.nextAction() == nil, "more than one frame")
}
