internal import Glibc

/// OpenSSL's own `s_server`, another program's TLS to talk to: it answers each line reversed.
package final class TLSServer: Sendable {
    package let port: Int
    private let server: ChildServer

    /// `flags` choose the protocol, such as `-tls1_2`. Returns when it listens.
    package init(certificatePEM: String, keyPEM: String, flags: [String]) async throws {
        port = try freePort()
        let directory = try temporaryDirectory("tls")
        let pem = directory + "/server.pem"
        guard let file = unsafe fopen(pem, "w") else { throw TestServerError(problem: "cannot write \(pem)") }
        unsafe fputs(certificatePEM + "\n" + keyPEM, file)
        unsafe fclose(file)
        let command = [
            "openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-cert", pem, "-key", pem, "-rev",
        ]
        server = ChildServer(directory: directory, command: command + flags, endSignal: "TERM")
        let port = port
        // What is no TLS is answered by an alert and shows that it listens; s_server goes on with the next one.
        try await server.start { askLoopback(port: port, "GET / HTTP/1.0\r\n\r\n") != nil }
    }
}
