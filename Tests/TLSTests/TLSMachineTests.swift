import Base
import TLS
import TestSupport
import Testing

@Suite struct TLSMachineTests {
    /// A client and a server whose bytes are carried by hand.
    private struct Pair: ~Copyable {
        var client: TLSMachine
        var server: TLSMachine
        var fromServer = TLSMachine.Outcome()
        var fromClient = TLSMachine.Outcome()

        init(_ identity: TestAuthority.Identity, trust: TLSTrust, host: String) throws {
            let context = try TLSContext.server(
                certificatePEM: identity.certificate,
                keyPEM: Secret(identity.key)
            )
            let client = try TLSMachine.client(.client(trust: trust), host: host)
            let server = try TLSMachine.server(context)
            self.client = client
            self.server = server
        }

        /// Carries bytes, `step` at a time, until both are silent.
        mutating func settle(step: Int = .max) {
            if !client.isEstablished, fromServer.end == nil { Self.add(client.start(), to: &fromServer) }
            while true {
                let up = client.takeCiphertext()
                for part in parts(up, step) { Self.add(server.receive(part), to: &fromClient) }
                let down = server.takeCiphertext()
                for part in parts(down, step) { Self.add(client.receive(part), to: &fromServer) }
                if up.isEmpty, down.isEmpty { return }
            }
        }

        private func parts(_ bytes: [UInt8], _ step: Int) -> [[UInt8]] {
            guard step < bytes.count else { return bytes.isEmpty ? [] : [bytes] }
            return stride(from: 0, to: bytes.count, by: step).map {
                Array(bytes[$0..<min($0 + step, bytes.count)])
            }
        }

        private static func add(_ more: TLSMachine.Outcome, to outcome: inout TLSMachine.Outcome) {
            outcome.isEstablished = outcome.isEstablished || more.isEstablished
            outcome.plaintext += more.plaintext
            outcome.end = outcome.end ?? more.end
        }
    }

    @Test func `what one side writes the other reads, however the records are cut`() throws {
        let authority = try TestAuthority()
        let identity = try authority.issue("DNS:a.example")
        for step in [1, 100, Int.max] {
            var pair = try Pair(identity, trust: .pem(authority.pem), host: "a.example")
            pair.settle(step: step)
            #expect(pair.fromServer.isEstablished && pair.fromClient.isEstablished)
            let large = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
            try pair.client.write(Array("ping".utf8))
            try pair.server.write(large)
            pair.settle(step: step)
            #expect(pair.fromClient.plaintext == Array("ping".utf8))
            #expect(pair.fromServer.plaintext == large)
            #expect(pair.fromServer.end == nil)
            pair.server.sendCloseNotify()
            pair.settle(step: step)
            #expect(pair.fromServer.end == .closeNotify)
        }
    }

    @Test func `a certificate counts only for its names and addresses`() throws {
        let authority = try TestAuthority()
        let identity = try authority.issue("DNS:a.example,DNS:*.wild.example,IP:127.0.0.1,IP:::1")
        let table: [(host: String, accepted: Bool)] = [
            ("a.example", true), ("A.EXAMPLE", true), ("b.example", false), ("x.a.example", false),
            ("one.wild.example", true), ("wild.example", false), ("two.one.wild.example", false),
            ("127.0.0.1", true), ("::1", true), ("127.0.0.2", false), ("leaf", false),
        ]
        for (host, accepted) in table {
            var pair = try Pair(identity, trust: .pem(authority.pem), host: host)
            pair.settle()
            #expect(pair.fromServer.isEstablished == accepted, "\(host)")
            if !accepted { #expect(code(pair.fromServer) == .wrongHostName, "\(host)") }
        }
    }

    @Test func `refusals say what is wrong`() throws {
        let authority = try TestAuthority()
        let name = "DNS:a.example"
        let trust = TLSTrust.pem(authority.pem)
        let own = try TestAuthority.selfSigned(name)
        let table: [(TestAuthority.Identity, TLSTrust, TLSError.Code)] = [
            (try authority.issue(name, days: -9 ... -1), trust, .certificateExpired),
            (try authority.issue(name, days: 1...9), trust, .certificateNotYetValid),
            (own, trust, .selfSigned),
            (try TestAuthority(name: "Another").issue(name), trust, .unknownIssuer),
            (try authority.issue(name), .system, .unknownIssuer),
        ]
        for (identity, trust, expected) in table {
            var pair = try Pair(identity, trust: trust, host: "a.example")
            pair.settle()
            #expect(code(pair.fromServer) == expected)
            #expect(!pair.fromServer.isEstablished)
            // The client told the server by an alert.
            #expect(code(pair.fromClient) == .protocolFailure || pair.fromClient.isEstablished)
        }
        // A self-signed certificate is good where it is trusted itself.
        var pair = try Pair(own, trust: .pem(own.certificate), host: "a.example")
        pair.settle()
        #expect(pair.fromServer.isEstablished)
    }

    @Test func `a server shows its whole chain`() throws {
        let root = try TestAuthority()
        let middle = try root.subordinate()
        let leaf = try middle.issue("DNS:a.example")
        for (certificates, isWhole) in [(leaf.certificate + middle.pem, true), (leaf.certificate, false)] {
            let identity = TestAuthority.Identity(certificate: certificates, key: leaf.key)
            var pair = try Pair(identity, trust: .pem(root.pem), host: "a.example")
            pair.settle()
            #expect(pair.fromServer.isEstablished == isWhole)
            if !isWhole { #expect(code(pair.fromServer) == .unknownIssuer) }
        }
    }

    @Test func `the host's name is in the first bytes, an address is not`() throws {
        for (host, isSent) in [("a.example", true), ("127.0.0.1", false), ("::1", false)] {
            var client = try TLSMachine.client(.client(), host: host)
            _ = client.start()
            let hello = String(decoding: client.takeCiphertext(), as: Unicode.ASCII.self)
            #expect(hello.contains(host) == isSent)
        }
    }

    @Test func `bytes that are not TLS fail, before and after the handshake`() throws {
        let authority = try TestAuthority()
        let identity = try authority.issue("DNS:a.example")
        for shakesHands in [false, true] {
            var pair = try Pair(identity, trust: .pem(authority.pem), host: "a.example")
            if shakesHands { pair.settle() } else { _ = pair.client.start() }
            let outcome = pair.client.receive(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
            #expect(code(outcome) == .protocolFailure)
            #expect(pair.client.receive([1, 2, 3]) == TLSMachine.Outcome())
        }
    }

    @Test func `contexts that cannot be read are errors`() throws {
        let one = try TestAuthority().issue("DNS:a.example")
        let other = try TestAuthority().issue("DNS:a.example")
        for (certificate, key) in [("", one.key), (one.certificate, ""), (one.certificate, other.key)] {
            let error = #expect(throws: TLSError.self) {
                try TLSContext.server(certificatePEM: certificate, keyPEM: Secret(key))
            }
            #expect(error?.code == .badContext)
        }
        for trust in [TLSTrust.pemFile("/nonexistent.pem"), .pem("nothing")] {
            let error = #expect(throws: TLSError.self) { try TLSContext.client(trust: trust) }
            #expect(error?.code == .badContext)
        }
    }

    private func code(_ outcome: TLSMachine.Outcome) -> TLSError.Code? {
        if case .failed(let error) = outcome.end { error.code } else { nil }
    }
}
