import Base
import EventLoop
import HTTPServer
import TLS
import TestSupport
import Testing
import WebSocketTransport
import WebSocketWire

@Suite struct SecureWebSocketTests {
    @Test func `a connection over TLS works like a plain one, and only with a trusted certificate`()
        async throws
    {
        let context = try TLSContext.server(
            certificatePEM: TestCertificate.certificate,
            keyPEM: Secret(TestCertificate.key)
        )
        let loop = try EventLoop(name: "test-wss")
        defer { loop.stop() }
        let atServer = SocketRecorder { socket, message in socket.send(binary: message.bytes) }
        let route = Route(method: "GET", pattern: "/ws") { request, _ in
            webSocketResponse(to: request) { $0.delegate = atServer }
        }
        let server = HTTPServer(loop: loop, routes: [route]) { accepted in
            try TLSStream.accept(accepted, context: context, delegate: ByteStreamRecorder())
        }
        let port = try await server.start(host: "127.0.0.1", port: 0)
        @Sendable func connect(_ trust: TLSTrust, _ recorder: SocketRecorder) async throws
            -> WebSocketConnection
        {
            try await WebSocketClient.connect(
                url: "wss://localhost:\(port)/ws",
                loop: loop,
                trust: trust,
                delegate: recorder
            )
        }
        let recorder = SocketRecorder()
        let socket = try await connect(.pem(TestCertificate.certificate), recorder)
        let block = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
        loop.execute { socket.send(binary: block) }
        try await eventually("the echo") { recorder.record.messages == [.binary(block)] }
        loop.execute { socket.close(code: 4000, reason: "") }
        #expect(try await recorder.closed().code == 4000)
        #expect(try await atServer.closed().code == 4000)

        let error = await #expect(throws: WebSocketClientError.self) {
            try await connect(.system, SocketRecorder())
        }
        guard case .connectionFailed(let reason) = error else {
            Issue.record("an unknown authority must fail the connection: \(String(describing: error))")
            return
        }
        #expect(reason.lowercased().contains("certificate"), "\(reason)")
    }
}
