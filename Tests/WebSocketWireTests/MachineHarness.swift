import WebSocketWire

/// Every action of a machine over some bytes, given whole or in pieces.
func actions(
    of pieces: [[UInt8]],
    role: WebSocketRole = .server,
    messageBytesMax: Int = 1 << 17
) -> [WebSocketMachine.Action] {
    var machine = WebSocketMachine(role: role, messageBytesMax: messageBytesMax)
    return actions(of: pieces, on: &machine)
}

func actions(of pieces: [[UInt8]], on machine: inout WebSocketMachine) -> [WebSocketMachine.Action] {
    var all: [WebSocketMachine.Action] = []
    for piece in pieces {
        machine.received(piece)
        while let action = machine.nextAction() { all.append(action) }
    }
    return all
}

/// A client's frame.
func frame(_ opcode: WebSocketOpcode, _ payload: [UInt8] = [], fin: Bool = true, mask: UInt32? = 0x1234_5678)
    -> [UInt8]
{
    WebSocketFrameWriter.frame(opcode, payload, isFinal: fin, mask: mask)
}

func frame(_ opcode: WebSocketOpcode, _ text: String, fin: Bool = true) -> [UInt8] {
    frame(opcode, Array(text.utf8), fin: fin)
}

func close(_ code: UInt16, _ reason: String = "") -> [UInt8] {
    frame(.close, [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(reason.utf8))
}

extension WebSocketMachine.Action {
    /// The close code a failure is answered with.
    var failureCode: UInt16? {
        if case .fail(_, let error) = self { error.code } else { nil }
    }
}
