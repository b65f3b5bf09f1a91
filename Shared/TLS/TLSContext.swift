package import Base
internal import COpenSSL

/// Which authorities a client believes.
package enum TLSTrust: Sendable, Hashable {
    /// The machine's own, as OpenSSL finds them (SSL_CERT_FILE and SSL_CERT_DIR are heeded).
    case system
    /// Those in this file, and no others.
    case pemFile(String)
    /// Those in this PEM text, and no others.
    case pem(String)
}

/// What connections of one kind have in common: versions, trust, certificate. TLS 1.2 and 1.3 only.
///
/// `@unchecked Sendable`: an SSL_CTX counts its references atomically and is not changed after `init`.
package final class TLSContext: @unchecked Sendable {
    let pointer: OpaquePointer

    private static let clients = Locked<[TLSTrust: TLSContext]>([:])

    /// Checks the server's chain and host name. The same trust gives the same context: a file is read once.
    package static func client(trust: TLSTrust = .system) throws(TLSError) -> TLSContext {
        if let known = clients.withLock({ $0[trust] }) { return known }
        let context = try TLSContext(method: TLS_client_method())
        try context.load(trust)
        SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER, nil)
        clients.withLock { $0[trust] = context }
        return context
    }

    /// Shows this certificate, with the chain that follows it in the text, and asks clients for none.
    package static func server(certificatePEM: String, keyPEM: Secret) throws(TLSError) -> TLSContext {
        let context = try TLSContext(method: TLS_server_method())
        try context.use(certificatePEM: certificatePEM, keyPEM: keyPEM)
        return context
    }

    private init(method: OpaquePointer?) throws(TLSError) {
        ERR_clear_error()
        guard let pointer = SSL_CTX_new(method) else { throw Self.failure("SSL_CTX_new") }
        self.pointer = pointer
        SSL_CTX_ctrl(pointer, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        // Renegotiation would make writing wait for reading; nobody needs it, and TLS 1.3 has none.
        SSL_CTX_set_options(pointer, Self.noRenegotiation | Self.noCompression)
        SSL_CTX_ctrl(pointer, SSL_CTRL_MODE, Int(SSL_MODE_RELEASE_BUFFERS), nil)
    }

    // SSL_OP_NO_RENEGOTIATION and SSL_OP_NO_COMPRESSION, which are macros with a cast.
    private static let noRenegotiation: UInt64 = 1 << 30
    private static let noCompression: UInt64 = 1 << 17

    deinit { SSL_CTX_free(pointer) }

    private static func failure(_ what: String) -> TLSError {
        TLSError(code: .badContext, reason: "\(what): \(TLSError.queuedReason() ?? "failed")")
    }

    private func load(_ trust: TLSTrust) throws(TLSError) {
        switch trust {
        case .system:
            guard SSL_CTX_set_default_verify_paths(pointer) == 1 else {
                throw Self.failure("the machine's trusted certificates")
            }
        case .pemFile(let path):
            guard SSL_CTX_load_verify_file(pointer, path) == 1 else {
                throw Self.failure("trusted certificates in \(path)")
            }
        case .pem(let text):
            var count = 0
            for certificate in Self.certificates(in: text) {
                X509_STORE_add_cert(SSL_CTX_get_cert_store(pointer), certificate)
                X509_free(certificate)
                count += 1
            }
            guard count > 0 else { throw Self.failure("trusted certificates") }
        }
    }

    private func use(certificatePEM: String, keyPEM: Secret) throws(TLSError) {
        let certificates = Self.certificates(in: certificatePEM)
        defer { for certificate in certificates { X509_free(certificate) } }
        guard let own = certificates.first, SSL_CTX_use_certificate(pointer, own) == 1 else {
            throw Self.failure("the server's certificate")
        }
        for authority in certificates.dropFirst() {
            // Counts a reference of its own (SSL_CTX_add1_chain_cert).
            SSL_CTX_ctrl(pointer, SSL_CTRL_CHAIN_CERT, 1, UnsafeMutableRawPointer(authority))
        }
        ERR_clear_error()
        let key = Self.reading(keyPEM.exposedBytes) { PEM_read_bio_PrivateKey($0, nil, nil, nil) }
        defer { EVP_PKEY_free(key) }
        guard let key, SSL_CTX_use_PrivateKey(pointer, key) == 1, SSL_CTX_check_private_key(pointer) == 1
        else {
            throw Self.failure("the server's key")
        }
    }

    /// All certificates of a PEM text; the caller frees them.
    private static func certificates(in text: String) -> [OpaquePointer] {
        defer { ERR_clear_error() }
        return reading(Array(text.utf8)) { bio in
            var certificates: [OpaquePointer] = []
            while let certificate = PEM_read_bio_X509(bio, nil, nil, nil) { certificates.append(certificate) }
            return certificates
        }
    }

    private static func reading<Result>(_ bytes: [UInt8], _ body: (OpaquePointer?) -> Result) -> Result {
        bytes.withUnsafeBytes { bytes in
            let bio = BIO_new_mem_buf(bytes.baseAddress, CInt(bytes.count))
            defer { BIO_free(bio) }
            return body(bio)
        }
    }
}
