internal import COpenSSL

/// One end of a TLS connection without its socket: ciphertext in, plaintext and ciphertext out.
///
/// A client checks the certificate's chain and that it is for `host`, a name or an IP address, and sends names as
/// SNI. Not to be used from two threads at once. RFC 8446 and RFC 5246, by OpenSSL.
package struct TLSMachine: ~Copyable {
    /// What received bytes came to.
    package struct Outcome: Sendable, Equatable {
        /// The handshake is done with these bytes: writing may begin.
        package var isEstablished = false
        package var plaintext: [UInt8] = []
        /// Nothing more comes after this.
        package var end: End?

        package init() {}
    }

    package enum End: Sendable, Equatable {
        /// The peer said that it has sent everything (close_notify).
        case closeNotify
        case failed(TLSError)
    }

    private enum State: Equatable {
        /// Leaves to `.established`, `.ended` (refused, broken).
        case handshaking
        /// Leaves to `.ended` (close_notify, broken).
        case established
        case ended
    }

    private let session: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    private let host: String
    private var state = State.handshaking

    private static let recordBytesMax = 16 * 1024

    package static func client(_ context: TLSContext, host: String) throws(TLSError) -> TLSMachine {
        let machine = try TLSMachine(context, host: host)
        let parameters = SSL_get0_param(machine.session)
        SSL_set_hostflags(machine.session, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        // An address is checked against the certificate's addresses and has no SNI (RFC 6066 section 3).
        if X509_VERIFY_PARAM_set1_ip_asc(parameters, host) != 1 {
            guard SSL_set1_host(machine.session, host) == 1, setServerName(machine.session, host) else {
                throw TLSError(code: .badContext, reason: "not a host name: \(host)")
            }
        }
        SSL_set_connect_state(machine.session)
        return machine
    }

    package static func server(_ context: TLSContext) throws(TLSError) -> TLSMachine {
        let machine = try TLSMachine(context, host: "the client")
        SSL_set_accept_state(machine.session)
        return machine
    }

    private static func setServerName(_ session: OpaquePointer, _ host: String) -> Bool {
        host.withCString { name in
            let name = UnsafeMutableRawPointer(mutating: name)
            return SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name), name) == 1
        }
    }

    private init(_ context: TLSContext, host: String) throws(TLSError) {
        ERR_clear_error()
        guard let session = SSL_new(context.pointer) else {
            throw TLSError(code: .badContext, reason: TLSError.queuedReason() ?? "SSL_new failed")
        }
        guard let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()) else {
            SSL_free(session)
            throw TLSError(code: .badContext, reason: "out of memory")
        }
        // The session owns both from here and frees them.
        SSL_set_bio(session, incoming, outgoing)
        self.session = session
        self.incoming = incoming
        self.outgoing = outgoing
        self.host = host
    }

    deinit { SSL_free(session) }

    package var isEstablished: Bool { state == .established }

    /// A client's first bytes: take them with `takeCiphertext`.
    package mutating func start() -> Outcome { receive([]) }

    /// Takes what came from the peer. Look at `takeCiphertext` afterwards: answers and alerts are there.
    package mutating func receive(_ ciphertext: [UInt8]) -> Outcome {
        var outcome = Outcome()
        guard state != .ended else { return outcome }
        if !ciphertext.isEmpty { BIO_write(incoming, ciphertext, CInt(ciphertext.count)) }
        if state == .handshaking { shakeHands(&outcome) }
        if state == .established { decrypt(&outcome) }
        return outcome
    }

    private mutating func shakeHands(_ outcome: inout Outcome) {
        ERR_clear_error()
        let result = SSL_do_handshake(session)
        if result == 1 {
            state = .established
            outcome.isEstablished = true
        } else if SSL_get_error(session, result) != SSL_ERROR_WANT_READ {
            fail(&outcome)
        }
    }

    private mutating func decrypt(_ outcome: inout Outcome) {
        while true {
            ERR_clear_error()
            var result: CInt = 0
            outcome.plaintext += [UInt8](unsafeUninitializedCapacity: Self.recordBytesMax) { buffer, count in
                result = SSL_read_ex(session, buffer.baseAddress, buffer.count, &count)
                if result != 1 { count = 0 }
            }
            guard result != 1 else { continue }
            switch SSL_get_error(session, result) {
            case SSL_ERROR_WANT_READ: break
            case SSL_ERROR_ZERO_RETURN:
                state = .ended
                outcome.end = .closeNotify
            default: fail(&outcome)
            }
            return
        }
    }

    private mutating func fail(_ outcome: inout Outcome) {
        state = .ended
        let verification = SSL_get_verify_result(session)
        if verification != Int(X509_V_OK) {
            ERR_clear_error()
            outcome.end = .failed(TLSError(verification: verification, host: host))
        } else {
            let reason = TLSError.queuedReason() ?? "the connection broke"
            outcome.end = .failed(TLSError(code: .protocolFailure, reason: reason))
        }
    }

    /// Encrypts. Only once established; look at `takeCiphertext` afterwards.
    package mutating func write(_ plaintext: [UInt8]) throws(TLSError) {
        guard state != .ended, !plaintext.isEmpty else { return }
        precondition(state == .established, "plaintext cannot go out before the handshake is done")
        ERR_clear_error()
        var count = 0
        guard SSL_write_ex(session, plaintext, plaintext.count, &count) == 1 else {
            state = .ended
            throw TLSError(code: .protocolFailure, reason: TLSError.queuedReason() ?? "the connection broke")
        }
    }

    /// Tells the peer that nothing more comes, so that it can tell an end from a cut.
    package mutating func sendCloseNotify() {
        // Before the handshake there is nothing to end; after a failure OpenSSL forbids it.
        guard SSL_is_init_finished(session) == 1, SSL_get_shutdown(session) & SSL_SENT_SHUTDOWN == 0 else {
            return
        }
        ERR_clear_error()
        SSL_shutdown(session)
    }

    /// What has to go to the peer, in order.
    package mutating func takeCiphertext() -> [UInt8] {
        let waiting = BIO_ctrl_pending(outgoing)
        guard waiting > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: waiting) { buffer, count in
            count = max(0, Int(BIO_read(outgoing, buffer.baseAddress, CInt(buffer.count))))
        }
    }
}
