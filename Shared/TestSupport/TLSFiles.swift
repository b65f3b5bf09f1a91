internal import Glibc

/// Certificates as files, which other programs want; they go when this goes.
package final class TLSFiles: Sendable {
    private let directory: String

    package var certificate: String { directory + "/certificate.pem" }
    package var key: String { directory + "/key.pem" }
    /// The authority that clients are told to believe.
    package var authority: String { directory + "/authority.pem" }

    package init(_ identity: TestAuthority.Identity, authorityPEM: String) throws {
        directory = try temporaryDirectory("tls")
        for (path, text) in [
            (certificate, identity.certificate), (key, identity.key), (authority, authorityPEM),
        ] {
            guard let file = fopen(path, "w") else { throw TestServerError(problem: "cannot write \(path)") }
            fputs(text, file)
            fclose(file)
        }
    }

    deinit {
        for path in [certificate, key, authority] { unlink(path) }
        rmdir(directory)
    }
}
