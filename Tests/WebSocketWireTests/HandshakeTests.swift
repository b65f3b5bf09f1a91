import Testing
import WebSocketWire

@Suite struct HandshakeTests {
    private func request(_ change: (inout WebSocketHandshake.Request) -> Void = { _ in })
        -> WebSocketHandshake.Request
    {
        var request = WebSocketHandshake.Request(
            method: "GET",
            minorVersion: 1,
            asksForUpgrade: true,
            versions: ["13"],
            keys: ["dGhlIHNhbXBsZSBub25jZQ=="],
            subprotocols: ["chat", "superchat"]
        )
        change(&request)
        return request
    }

    /// SHA-1 and base64 over several lengths: values computed with OpenSSL.
    @Test func `the accept key is that of RFC 6455 and of OpenSSL`() throws {
        #expect(
            try WebSocketHandshake.accept(request(), subprotocol: "chat") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        )
        let table: [(String, String)] = [
            (String(repeating: "k", count: 0), "Kfh9QIsMVZcl6xEPYxPHzW8SZ8w="),
            (String(repeating: "k", count: 1), "cai0HFWL7DEHZkyHxdyv1Pn3R6M="),
            (String(repeating: "k", count: 18), "qChxkF3JDYNASeew3saQqqTWi7o="),
            (String(repeating: "k", count: 19), "tWclcP21hrR+xgjYVswtQRW71GQ="),
            (String(repeating: "k", count: 20), "tSsjsIAvEVIQ+IC5K8+T/OkG8nU="),
            (String(repeating: "k", count: 24), "Osl8Plp/k+NDIMqB3yv/XvvAbcA="),
            (String(repeating: "k", count: 27), "qUNe7W8rvas6tQS5F4QBTf/JpvE="),
            (String(repeating: "k", count: 28), "x9bmfLYIxLMaaT5h0sFuRlAhhb8="),
            (String(repeating: "k", count: 83), "c8WQ7edrEIKQKdUK6YpbGv6/vjc="),
            (String(repeating: "k", count: 92), "LY9EluoxzTck+ySKVLqXrQNaqCc="),
            (String(repeating: "k", count: 200), "HXr7Nbki1tHdEVpq+a7G7IV4VJU="),
        ]
        for (key, accept) in table {
            #expect(WebSocketHandshake.accept(forKey: key) == accept, "\(key.count)")
        }
        #expect(WebSocketHandshake.key(random: Array("the sample nonce".utf8)) == "dGhlIHNhbXBsZSBub25jZQ==")
    }

    @Test func `a request that is not a handshake is refused with its reason`() {
        let table: [(WebSocketHandshake.Request, WebSocketHandshake.Refusal)] = [
            (request { $0.method = "POST" }, .notAnUpgrade),
            (request { $0.minorVersion = 0 }, .notAnUpgrade),
            (request { $0.asksForUpgrade = false }, .notAnUpgrade),
            (request { $0.versions = ["8"] }, .badVersion),
            (request { $0.versions = ["13", "13"] }, .badVersion),
            (request { $0.versions = [] }, .badVersion),
            (request { $0.keys = [] }, .badKey),
            (request { $0.keys += $0.keys }, .badKey),
            (request { $0.keys = ["dGhlIHNhbXBsZSBub25jZR=="] }, .badKey),
            (request { $0.keys = ["dGhlIHNhbXBsZSBub25jZQ="] }, .badKey),
            (request { $0.keys = ["dGhlIHNhbXBsZSBub25!ZQ=="] }, .badKey),
            (request { $0.subprotocols = ["other"] }, .missingSubprotocol),
        ]
        for (request, refusal) in table {
            #expect(throws: refusal) { try WebSocketHandshake.accept(request, subprotocol: "chat") }
        }
    }

    @Test func `an answer must prove itself`() {
        let key = "dGhlIHNhbXBsZSBub25jZQ=="
        let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        func accepted(_ accepts: [String], _ extensions: [String], _ answered: [String], up: Bool = true)
            -> Bool
        {
            WebSocketHandshake.isAccepted(
                key: key,
                subprotocol: "chat",
                accepts: accepts,
                upgrades: up,
                extensions: extensions,
                answered: answered
            )
        }
        #expect(accepted([accept], [], ["chat"]))
        #expect(!accepted([accept], [], ["chat"], up: false) && !accepted([], [], ["chat"]))
        #expect(!accepted(["S3pPLMBiTxaQ9kYGzzhZRbK+xOo="], [], ["chat"]) && !accepted([accept], [], []))
        #expect(!accepted([accept], ["permessage-deflate"], ["chat"]) && !accepted([accept], [], ["other"]))
    }
}
