package import HTTPWire

/// Whether the page that opens a WebSocket is one of ours. Browsers send a site's cookies with the WebSockets of any page
/// and hold none back for lack of CORS, but say whose page it is (RFC 6455 section 10.2).
package enum FeedOrigin {
    /// `publicURL`: where people reach the service; nil: no page is ours. Programs that are no browsers send no `Origin`.
    package static func isOurs(_ headers: HTTPHeaders, publicURL: String?) -> Bool {
        let origins = headers.all("origin")
        guard let first = origins.first else { return true }
        guard origins.count == 1, let publicURL, let ours = plain(publicURL) else { return false }
        return plain(first) == ours
    }

    /// Scheme, host and port of a URL in one form (RFC 6454 section 6.2); nil for what has none of these.
    private static func plain(_ url: String) -> String? {
        let parts = url.lowercased().split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[1].isEmpty, !parts[2].isEmpty else { return nil }
        let usual = ["http:": ":80", "https:": ":443"][parts[0]]
        guard let usual else { return nil }
        let place = parts[2].hasSuffix(usual) ? parts[2].dropLast(usual.count) : parts[2]
        return "\(parts[0])//\(place)"
    }
}
