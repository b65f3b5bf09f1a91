package import Telemetry

/// What access counts. Labels are bounded: the reasons of a refusal.
package struct AccessMetrics: Sendable {
    package let revoked: Gauge
    package let unchecked: Counter
    package let failedLooks: Counter
    package let failedKeyReadings: Counter
    private let refused: [SessionRefusal: Counter]
    private let refusedKeys: [KeyRefusal: Counter]

    package init(_ metrics: Metrics) {
        revoked = metrics.gauge(
            "guildwire_web_sessions_revoked",
            help: "Sessions and keys known to be revoked that have not expired."
        )
        unchecked = metrics.counter(
            "guildwire_web_sessions_unchecked_total",
            help: "Streams sent away because nobody knew whether their session or key was revoked."
        )
        failedLooks = metrics.counter(
            "guildwire_web_revocation_looks_failed_total",
            help: "Looks at the revoked sessions in Redis that failed."
        )
        failedKeyReadings = metrics.counter(
            "guildwire_web_revoked_key_readings_failed_total",
            help: "Readings of the revoked keys in PostgreSQL that failed."
        )
        var refused: [SessionRefusal: Counter] = [:]
        for reason in SessionRefusal.allCases {
            refused[reason] = metrics.counter(
                "guildwire_web_sessions_refused_total",
                help: "Requests refused for their session, by reason.",
                labels: [("reason", reason.rawValue)]
            )
        }
        self.refused = refused
        var refusedKeys: [KeyRefusal: Counter] = [:]
        for reason in KeyRefusal.allCases {
            refusedKeys[reason] = metrics.counter(
                "guildwire_web_keys_refused_total",
                help: "Requests refused for their key, by reason.",
                labels: [("reason", reason.rawValue)]
            )
        }
        self.refusedKeys = refusedKeys
    }

    /// How many cookies and keys are kept with what they say.
    package static func watch(_ keys: SessionKeys, _ signer: KeySigner, _ metrics: Metrics) {
        metrics.gauge("guildwire_web_keys_known", help: "Keys whose signature is not computed again.") {
            Double(signer.knownCount)
        }
        metrics.gauge(
            "guildwire_web_sessions_known",
            help: "Session cookies whose signature is not computed again."
        ) { Double(keys.knownCount) }
    }

    package func count(_ refusal: AccessRefusal) {
        switch refusal {
        case .session(let refusal): refused[refusal]?.increment()
        case .key(let refusal): refusedKeys[refusal]?.increment()
        }
    }
}
