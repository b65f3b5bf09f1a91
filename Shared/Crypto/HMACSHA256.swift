package import Base
internal import COpenSSL

/// HMAC with SHA-256 (RFC 2104, RFC 4231), computed by OpenSSL.
package enum HMACSHA256 {
    /// Of a code, in bytes.
    package static let size = 32

    package static func code(of message: [UInt8], key: Secret) -> [UInt8] {
        let key = key.exposedBytes
        var code = [UInt8](repeating: 0, count: size)
        var length: UInt32 = 0
        let made = HMAC(EVP_sha256(), key, CInt(key.count), message, message.count, &code, &length)
        precondition(made != nil && length == UInt32(size), "OpenSSL has SHA-256, and memory for one")
        return code
    }

    /// Whether `code` is the message's. Takes a time that does not depend on where they differ.
    package static func matches(_ code: some Collection<UInt8>, _ message: [UInt8], key: Secret) -> Bool {
        Secret(Self.code(of: message, key: key)).matches(code)
    }
}
