internal import COpenSSL

/// Why a TLS connection cannot be, or cannot go on.
package struct TLSError: Error, Equatable, CustomStringConvertible {
    package enum Code: Sendable, Equatable {
        case certificateExpired
        case certificateNotYetValid
        /// The certificate is good, but for another name.
        case wrongHostName
        case selfSigned
        /// The chain does not end at an authority that is trusted here.
        case unknownIssuer
        /// Any other reason to refuse the peer's certificate.
        case certificateRefused
        /// No common version or cipher, a broken record, an alert from the peer.
        case protocolFailure
        /// Certificates, keys or trust here could not be read.
        case badContext
    }

    package let code: Code
    package let reason: String

    package var description: String { "TLS: \(reason)" }

    init(code: Code, reason: String) {
        self.code = code
        self.reason = reason
    }

    /// From OpenSSL's verification result, openssl-verification-options(1).
    init(verification result: Int, host: String) {
        let text = String(cString: X509_verify_cert_error_string(result))
        switch CInt(truncatingIfNeeded: result) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            self.init(code: .certificateExpired, reason: "the certificate of \(host) has expired")
        case X509_V_ERR_CERT_NOT_YET_VALID:
            self.init(code: .certificateNotYetValid, reason: "the certificate of \(host) is not valid yet")
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            self.init(code: .wrongHostName, reason: "the certificate is not for \(host)")
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            self.init(code: .selfSigned, reason: "the certificate of \(host) is self-signed and not trusted")
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            self.init(
                code: .unknownIssuer,
                reason: "the certificate of \(host) has no trusted issuer: \(text)"
            )
        default:
            self.init(code: .certificateRefused, reason: "the certificate of \(host) is refused: \(text)")
        }
    }

    /// The oldest error that OpenSSL queued on this thread; clears the queue.
    static func queuedReason() -> String? {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return nil }
        guard let reason = ERR_reason_error_string(code) else { return "error \(code)" }
        return String(cString: reason)
    }
}
