/// Why a browser that Discord sent back is not logged in. The raw value is the metric's label.
package enum LoginRefusal: String, Error, Sendable, CaseIterable {
    /// No state, no code, or none of our form.
    case malformed
    /// No cookie of that login: begun elsewhere, too long ago, or done already.
    case unknown
    /// Our secrets did not sign what the cookie says.
    case forged
    case expired
    /// Begun more than `Session.skewMax` from now.
    case notYetIssued = "not_yet_issued"
    /// This state was used before.
    case replayed

    /// For people.
    package var detail: String {
        switch self {
        case .malformed: "What came back from Discord is not complete."
        case .unknown:
            "This browser has not begun this login, or it is over: after ten minutes, or because it was used. "
                + "It must begin and end in one browser, at one address."
        case .forged: "This login was not begun here."
        case .expired: "This login took longer than ten minutes."
        case .notYetIssued: "This login begins in the future. A clock of this site's machines is wrong."
        case .replayed: "This login was used already."
        }
    }
}
