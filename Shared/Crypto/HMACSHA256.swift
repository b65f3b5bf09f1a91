package import Base
internal import COpenSSL

/// HMAC with SHA-256 (RFC 2104, RFC 4231), computed by OpenSSL.
package enum HMACSHA256 {
    /// Of a code, in bytes.
    package static let size = 32

    /// A key made ready for many codes: OpenSSL looks its algorithms up and hashes the key once, not for each. Any thread.
    package final class Key: Sendable {
        private let state: Locked<State>

        package init(_ secret: Secret) { state = Locked(State(secret)) }

        package func code(of message: some Collection<UInt8>) -> [UInt8] {
            let message = Array(message)
            return state.withLock { $0.code(of: message) }
        }

        /// Whether `code` is the message's. Takes a time that does not depend on where they differ.
        package func matches(_ code: some Collection<UInt8>, _ message: some Collection<UInt8>) -> Bool {
            Secret(self.code(of: message)).matches(code)
        }
    }

    package static func code(of message: [UInt8], key: Secret) -> [UInt8] { Key(key).code(of: message) }

    /// Whether `code` is the message's. Takes a time that does not depend on where they differ.
    package static func matches(_ code: some Collection<UInt8>, _ message: [UInt8], key: Secret) -> Bool {
        Key(key).matches(code, message)
    }

    /// OpenSSL's context, which goes back to where the key left it for each message.
    private final class State {
        private let context: OpaquePointer

        init(_ secret: Secret) {
            let algorithm = EVP_MAC_fetch(nil, "HMAC", nil)
            defer { EVP_MAC_free(algorithm) }
            guard let context = EVP_MAC_CTX_new(algorithm) else {
                preconditionFailure("OpenSSL has HMAC, and memory for one")
            }
            self.context = context
            let key = secret.exposedBytes
            var digest = Array("SHA256".utf8CString)
            // The parameters hold both texts by their addresses.
            let isReady = "digest".withCString { name in
                digest.withUnsafeMutableBufferPointer { digest in
                    var parameters = [
                        OSSL_PARAM_construct_utf8_string(name, digest.baseAddress, 0),
                        OSSL_PARAM_construct_end(),
                    ]
                    return EVP_MAC_init(context, key, key.count, &parameters)
                }
            }
            precondition(isReady == 1, "OpenSSL has SHA-256")
        }

        deinit { EVP_MAC_CTX_free(context) }

        func code(of message: [UInt8]) -> [UInt8] {
            var code = [UInt8](repeating: 0, count: size)
            var length = 0
            let isMade =
                EVP_MAC_init(context, nil, 0, nil) == 1
                && EVP_MAC_update(context, message, message.count) == 1
                && EVP_MAC_final(context, &code, &length, size) == 1
            precondition(isMade && length == size, "a key that is ready makes a code")
            return code
        }
    }
}
