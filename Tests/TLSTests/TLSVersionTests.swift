import EventLoop
import TLS
import TestSupport
import Testing

/// Against OpenSSL's own server, so that both ends are not ours.
@Suite(.timeLimit(.minutes(1))) struct TLSVersionTests {
    /// What came back for a line, or how the attempt ended.
    private func ask(_ flags: [String]) async throws -> (received: String, closed: [StreamClose]) {
        let authority = try TestAuthority()
        let identity = try authority.issue("DNS:localhost,IP:127.0.0.1")
        let server = try await TLSServer(
            certificatePEM: identity.certificate,
            keyPEM: identity.key,
            flags: flags
        )
        let trust = TLSTrust.pem(authority.pem)
        let recorder = ByteStreamRecorder()
        return try await withEventLoop { loop in
            let port = server.port
            loop.execute {
                do {
                    let stream = try TLSStream.connect(
                        host: "127.0.0.1",
                        port: port,
                        on: loop,
                        trust: trust,
                        delegate: recorder
                    )
                    stream.write(Array("hello\n".utf8))
                } catch { Issue.record(error) }
            }
            try await eventually("an answer or the end") {
                recorder.record.received.count == 6 || !recorder.record.closed.isEmpty
            }
            return (String(decoding: recorder.record.received, as: UTF8.self), recorder.record.closed)
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"]) func `version 1.2 and 1.3 are spoken`(flag: String) async throws
    {
        let answer = try await ask([flag])
        #expect(answer.received == "olleh\n")
    }

    @Test func `what is older is refused`() async throws {
        let answer = try await ask(["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"])
        #expect(answer.received.isEmpty)
        guard case .failed(let reason)? = answer.closed.first else {
            Issue.record("closed as \(answer.closed)")
            return
        }
        #expect(!reason.isEmpty)
    }
}
