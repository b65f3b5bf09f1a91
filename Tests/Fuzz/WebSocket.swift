import WebSocketWire

/// WebSocketMachine in both roles: chunk boundaries change nothing, messages survive being cut into frames again.
func fuzzWebSocket(bytes: [UInt8]) throws(FuzzFailure) {
    for role in [WebSocketRole.server, .client] {
        let bytesMax = choice(of: [1 << 16, 1 << 16, 40], for: bytes)
        let whole = actions(of: [bytes], role, bytesMax)
        let pieces = actions(of: cut(bytes), role, bytesMax)
        try hold(whole == pieces, "\(role), whole: \(whole)\nin pieces: \(pieces)")
        for action in whole { try check(action, role, bytesMax) }
        try checkEnd(whole)
        try checkClosing(bytes, role, bytesMax)
    }
}

private func actions(of pieces: [[UInt8]], _ role: WebSocketRole, _ bytesMax: Int, closed: Bool = false)
    -> [WebSocketMachine.Action]
{
    var machine = WebSocketMachine(role: role, messageBytesMax: bytesMax)
    if closed { _ = machine.close(code: 1000, reason: "", mask: 1) }
    var all: [WebSocketMachine.Action] = []
    for piece in pieces {
        machine.received(piece)
        while let action = machine.nextAction() { all.append(action) }
    }
    return all
}

private func checkEnd(_ actions: [WebSocketMachine.Action]) throws(FuzzFailure) {
    for (index, action) in actions.enumerated() {
        switch action {
        case .finish, .fail: try hold(index == actions.count - 1, "something follows the end: \(actions)")
        case .deliver, .sendPong, .pongReceived: break
        }
    }
}

/// After our close frame nothing is delivered and nothing is answered.
private func checkClosing(_ bytes: [UInt8], _ role: WebSocketRole, _ bytesMax: Int) throws(FuzzFailure) {
    for action in actions(of: [bytes], role, bytesMax, closed: true) {
        switch action {
        case .deliver, .sendPong: throw FuzzFailure(description: "after closing: \(action)")
        case .finish(let reply, _, _): try hold(reply == nil, "a second close frame")
        case .pongReceived, .fail: break
        }
    }
}

private func check(_ action: WebSocketMachine.Action, _ role: WebSocketRole, _ bytesMax: Int)
    throws(FuzzFailure)
{
    switch action {
    case .deliver(let message):
        try hold(message.bytes.count <= bytesMax, "a message past the limit")
        if case .text(let bytes) = message {
            try hold(String(validating: bytes, as: UTF8.self) != nil, "text that is no UTF-8")
        }
        let frames = frames(of: message, mask: role == .server ? 0xA1B2_C3D4 : nil)
        try hold(actions(of: cut(frames), role, bytesMax) == [action], "not the same again: \(action)")
    case .sendPong(let payload), .pongReceived(let payload):
        try hold(payload.count <= 125, "a long control frame")
    case .finish(let reply, let code, _):
        try hold(code == 1005 || WebSocketCloseCode.isSendable(code), "close code \(code)")
        try hold((reply ?? []).count == 0 || reply?.count == 2, "a reply of \(reply?.count ?? 0) bytes")
    case .fail(let payload, let error):
        try hold(
            payload.count <= 125 && WebSocketCloseCode.isSendable(error.code),
            "cannot be sent: \(error)"
        )
    }
}

/// The message in frames of three sizes, with a ping between them.
private func frames(of message: WebSocketMessage, mask: UInt32?) -> [UInt8] {
    let payload = message.bytes
    let third = payload.count / 3
    var opcode = WebSocketOpcode.binary
    if case .text = message { opcode = .text }
    return WebSocketFrameWriter.frame(opcode, payload[..<third], isFinal: false, mask: mask)
        + WebSocketFrameWriter.frame(.continuation, payload[third..<third], isFinal: false, mask: mask)
        + WebSocketFrameWriter.frame(.continuation, payload[third...], mask: mask)
}
