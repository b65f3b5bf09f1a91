package import HTTPWire

/// Whether a change comes from our own pages. A session's cookie goes with whatever any page makes a browser send, so the
/// browser must say where it was begun.
package struct SameOrigin: Sendable, Equatable {
    /// As a browser writes `Origin`: `https://guild.example`, without the scheme's own port.
    package let origin: String

    /// `publicURL` as `PUBLIC_BASE_URL` gives it.
    package init(publicURL: String) {
        let parts = publicURL.lowercased().split(
            separator: "/",
            maxSplits: 3,
            omittingEmptySubsequences: false
        )
        var origin = parts.prefix(3).joined(separator: "/")
        for (scheme, port) in [("https://", ":443"), ("http://", ":80")]
        where origin.hasPrefix(scheme) && origin.hasSuffix(port) {
            origin.removeLast(port.count)
        }
        self.origin = origin
    }

    /// `Sec-Fetch-Site` decides where it is sent, since no page can forge it; `same-origin` alone will do. `none` is what
    /// people type or open from outside, which never changes anything here; `same-site` may be somebody else's subdomain.
    /// A browser that does not send it (an address without TLS) sends `Origin` with every change.
    package func vouches(for headers: HTTPHeaders) -> Bool {
        let sites = headers.all("sec-fetch-site")
        if !sites.isEmpty { return sites == ["same-origin"] }
        return headers.all("origin").map { $0.lowercased() } == [origin]
    }

    /// GET and HEAD change nothing.
    package static func isChange(_ method: String) -> Bool { method != "GET" && method != "HEAD" }

    static let problem = Problem.forbidden(
        "A change with a session must come from this site's own pages: the browser must send "
            + "Sec-Fetch-Site: same-origin, or Origin with this site's address. Programs use an API key."
    )
}
