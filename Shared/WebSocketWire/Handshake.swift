internal import Base

/// The opening handshake's values (RFC 6455 section 4): what both sides check, not how it is carried.
package enum WebSocketHandshake {
    private static let acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// `Sec-WebSocket-Key` from 16 random bytes.
    package static func key(random: [UInt8]) -> String {
        precondition(random.count == 16, "a handshake key is made of 16 random bytes")
        return Base64.standard.encoded(random)
    }

    /// `Sec-WebSocket-Accept` for a client's key (section 4.2.2).
    package static func accept(forKey key: String) -> String {
        Base64.standard.encoded(SHA1.digest(Array((key + acceptSuffix).utf8)))
    }

    /// What a request must carry to be upgraded, taken from its headers by the caller.
    package struct Request: Sendable {
        package var method: String
        /// 1 for HTTP/1.1.
        package var minorVersion: Int
        /// Whether `Upgrade` lists `websocket` and `Connection` lists `upgrade`, without regard to case.
        package var asksForUpgrade: Bool
        package var versions: [String]
        package var keys: [String]
        /// Every subprotocol the client offers, in its order of preference.
        package var subprotocols: [String]

        package init(
            method: String,
            minorVersion: Int,
            asksForUpgrade: Bool,
            versions: [String],
            keys: [String],
            subprotocols: [String]
        ) {
            self.method = method
            self.minorVersion = minorVersion
            self.asksForUpgrade = asksForUpgrade
            self.versions = versions
            self.keys = keys
            self.subprotocols = subprotocols
        }
    }

    package enum Refusal: Error, Sendable, Equatable {
        /// Not a WebSocket request at all: 426 with `Upgrade: websocket`.
        case notAnUpgrade
        /// Another version: 426 with `Sec-WebSocket-Version: 13` (section 4.4).
        case badVersion
        /// No key, several, or one that is not 16 bytes: 400.
        case badKey
        /// The server insists on a subprotocol that the client did not offer: 400.
        case missingSubprotocol
    }

    /// The accept key, or why the request is refused. `subprotocol` is the one that this endpoint speaks.
    package static func accept(_ request: Request, subprotocol: String?) throws(Refusal) -> String {
        guard request.method == "GET", request.minorVersion == 1, request.asksForUpgrade else {
            throw .notAnUpgrade
        }
        guard request.versions == ["13"] else { throw .badVersion }
        guard request.keys.count == 1, Base64.standard.decoded(request.keys[0].utf8)?.count == 16 else {
            throw .badKey
        }
        if let subprotocol, !request.subprotocols.contains(subprotocol) { throw .missingSubprotocol }
        return accept(forKey: request.keys[0])
    }

    /// Whether a server's answer opens the connection that was asked for (section 4.1, end). Extensions must
    /// be absent: none was offered. The answered subprotocol must be the one asked for, if any.
    package static func isAccepted(
        key: String,
        subprotocol: String?,
        accepts: [String],
        upgrades: Bool,
        extensions: [String],
        answered: [String]
    ) -> Bool {
        upgrades && accepts == [accept(forKey: key)] && extensions.isEmpty
            && answered == (subprotocol.map { [$0] } ?? [])
    }
}
