/// Why a request is not let in by its key. The raw value is the metric's label.
package enum KeyRefusal: String, Error, Sendable, CaseIterable {
    /// Two keys: which one was meant cannot be told.
    case ambiguous
    /// Above `KeyToken.bytesMax`.
    case tooLong = "too_long"
    /// Not of a key's form, or signed without a key in it.
    case malformed
    /// `gwk2.…`, of a Guildwire to come.
    case otherVersion = "other_version"
    /// None of our secrets made this signature.
    case forged
    case expired
    /// Issued more than `Session.skewMax` from now.
    case notYetIssued = "not_yet_issued"
    /// Valid for longer than `KeyGrant.lifetimeMax`.
    case tooLongLived = "too_long_lived"
    case revoked

    /// For people. What has no signature of ours learns nothing but that.
    package var detail: String {
        switch self {
        case .ambiguous: "There is more than one key. Give one, in one place."
        case .tooLong, .malformed, .otherVersion, .forged, .tooLongLived:
            "The key is not valid. Copy it again, whole, or make a new one."
        case .expired: "The key has expired. Make a new one."
        case .notYetIssued: "The key begins in the future. A clock is wrong."
        case .revoked: "The key was revoked. Make a new one."
        }
    }

    /// 401. A cookie is not touched: it was not looked at.
    package var problem: Problem {
        Problem(401, detail).with("WWW-Authenticate", #"Bearer realm="guildwire", error="invalid_token""#)
    }
}
