internal import COpenSSL

/// SHA-256 (FIPS 180-4), computed by OpenSSL.
package enum SHA256 {
    /// Of a digest, in bytes.
    package static let size = 32

    package static func digest(of message: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: size)
        var length: UInt32 = 0
        let isMade = EVP_Digest(message, message.count, &digest, &length, EVP_sha256(), nil)
        precondition(isMade == 1 && length == size, "OpenSSL has SHA-256")
        return digest
    }
}
