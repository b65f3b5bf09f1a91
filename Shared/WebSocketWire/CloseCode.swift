/// Why a connection ends (RFC 6455 section 7.4).
package enum WebSocketCloseCode {
    package static let normal: UInt16 = 1000
    package static let goingAway: UInt16 = 1001
    package static let protocolError: UInt16 = 1002
    package static let unacceptableData: UInt16 = 1003
    /// Never on the wire: the peer's close frame carried no code.
    package static let noStatus: UInt16 = 1005
    package static let invalidPayload: UInt16 = 1007
    package static let policyViolation: UInt16 = 1008
    package static let messageTooBig: UInt16 = 1009
    package static let internalError: UInt16 = 1011
    package static let serviceRestart: UInt16 = 1012
    package static let tryAgainLater: UInt16 = 1013

    /// Whether an endpoint may send it: not the ones kept for local use (1005, 1006, 1015), nor unassigned
    /// ones.
    package static func isSendable(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}

/// The peer broke the protocol or a limit: close with `code`.
package struct WebSocketProtocolError: Error, Sendable, Equatable {
    package let code: UInt16
    package let reason: String

    package init(code: UInt16, reason: String) {
        self.code = code
        self.reason = reason
    }

    package static func violation(_ reason: String) -> Self {
        Self(code: WebSocketCloseCode.protocolError, reason: reason)
    }
    package static let notUTF8 = Self(code: WebSocketCloseCode.invalidPayload, reason: "text is not UTF-8")
    package static let tooBig = Self(code: WebSocketCloseCode.messageTooBig, reason: "message is too big")
}
