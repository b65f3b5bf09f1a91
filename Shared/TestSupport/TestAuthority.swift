internal import COpenSSL

/// Makes certificates for tests: an authority, and what it signs. Ed25519 keys, made anew each time.
package final class TestAuthority {
    package struct Failure: Error { package let what: String }

    /// A certificate and its key as PEM.
    package struct Identity {
        package let certificate: String
        package let key: String

        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    private let certificate: OpaquePointer
    private let key: OpaquePointer
    package let pem: String

    package convenience init(name: String = "Test authority") throws {
        try self.init(name: name, issuer: nil)
    }

    /// An authority below this one.
    package func subordinate() throws -> TestAuthority {
        try TestAuthority(name: "Subordinate", issuer: (certificate, key))
    }

    private init(name: String, issuer: Issuer?) throws {
        let key = try Self.newKey()
        self.key = key
        let extensions = [
            (NID_basic_constraints, "critical,CA:TRUE"), (NID_key_usage, "critical,keyCertSign"),
        ]
        let certificate = try Self.certificate(
            name,
            key: key,
            issuer: issuer,
            days: -1...1,
            extensions: extensions
        )
        self.certificate = certificate
        pem = try Self.text { PEM_write_bio_X509($0, certificate) }
    }

    deinit {
        X509_free(certificate)
        EVP_PKEY_free(key)
    }

    /// `names` as subjectAltName wants them: "DNS:a.example,IP:127.0.0.1". `days` is the validity, from today.
    package func issue(_ names: String, days: ClosedRange<Int> = -1...1) throws -> Identity {
        try Self.identity(names, issuer: (certificate, key), days: days)
    }

    package static func selfSigned(_ names: String) throws -> Identity {
        try identity(names, issuer: nil, days: -1...1)
    }

    private typealias Issuer = (certificate: OpaquePointer, key: OpaquePointer)

    private static func identity(_ names: String, issuer: Issuer?, days: ClosedRange<Int>) throws -> Identity
    {
        let key = try newKey()
        defer { EVP_PKEY_free(key) }
        let extensions = [(NID_subject_alt_name, names)]
        let leaf = try certificate("leaf", key: key, issuer: issuer, days: days, extensions: extensions)
        defer { X509_free(leaf) }
        return Identity(
            certificate: try text { PEM_write_bio_X509($0, leaf) },
            key: try text { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) }
        )
    }

    private static func newKey() throws -> OpaquePointer {
        let context = EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nil)
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_keygen(context, &key) == 1, let key else {
            throw Failure(what: "keygen")
        }
        return key
    }

    private static func certificate(
        _ name: String,
        key: OpaquePointer,
        issuer: Issuer?,
        days: ClosedRange<Int>,
        extensions: [(CInt, String)]
    ) throws -> OpaquePointer {
        guard let certificate = X509_new() else { throw Failure(what: "X509_new") }
        X509_set_version(certificate, 2)
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), UInt64.random(in: 1...UInt64(Int64.max)))
        X509_gmtime_adj(X509_getm_notBefore(certificate), days.lowerBound * 86_400)
        X509_gmtime_adj(X509_getm_notAfter(certificate), days.upperBound * 86_400)
        X509_set_pubkey(certificate, key)
        let subject = X509_get_subject_name(certificate)
        X509_NAME_add_entry_by_txt(subject, "CN", CInt(0x1001), name, -1, -1, 0)  // MBSTRING_ASC
        X509_set_issuer_name(certificate, issuer.map { X509_get_subject_name($0.certificate) } ?? subject)
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer?.certificate ?? certificate, certificate, nil, nil, 0)
        for (identifier, value) in extensions {
            guard let made = X509V3_EXT_conf_nid(nil, &context, identifier, value) else {
                throw Failure(what: "extension \(value)")
            }
            X509_add_ext(certificate, made, -1)
            X509_EXTENSION_free(made)
        }
        guard X509_sign(certificate, issuer?.key ?? key, nil) > 0 else { throw Failure(what: "X509_sign") }
        return certificate
    }

    private static func text(_ write: (OpaquePointer?) -> CInt) throws -> String {
        let bio = BIO_new(BIO_s_mem())
        defer { BIO_free(bio) }
        guard write(bio) == 1 else { throw Failure(what: "PEM") }
        return String(
            decoding: [UInt8](unsafeUninitializedCapacity: BIO_ctrl_pending(bio)) { buffer, count in
                count = max(0, Int(BIO_read(bio, buffer.baseAddress, CInt(buffer.count))))
            },
            as: UTF8.self
        )
    }
}
