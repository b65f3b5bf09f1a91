package import HTTPServer
package import HTTPWire

/// What every answer tells browsers not to do, in one place: specs/access.md, "Headers".
///
/// HSTS is the proxy's, who knows whether there is TLS.
package struct SecurityHeaders: Sendable {
    /// Which policy an answer has.
    package enum Kind: Sendable, CaseIterable {
        /// Documents of people: the dashboard, what it loads, the API's document as a page.
        case page
        /// What is said when a login came to nothing: it has no script.
        case notice
        /// OBS puts people's own CSS into them as a style element.
        case overlay
        /// Data: nothing may be made of it.
        case data
    }

    private let fields: [Kind: HTTPHeaders]

    package init() {
        var fields: [Kind: HTTPHeaders] = [:]
        for kind in Kind.allCases { fields[kind] = Self.fields(kind) }
        self.fields = fields
    }

    /// Of answers that are no documents, the server's own ones too.
    package static let data = fields(.data)

    private static func fields(_ kind: Kind) -> HTTPHeaders {
        var fields: HTTPHeaders = [
            "Content-Security-Policy": policy(kind),
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": permissions,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        ]
        // A page has no business with whoever opened it. Not for overlays: what shows them may hold on to them.
        if kind == .page || kind == .notice { fields.add("Cross-Origin-Opener-Policy", "same-origin") }
        return fields
    }

    private static func policy(_ kind: Kind) -> String {
        if kind == .data { return "default-src 'none'; frame-ancestors 'none'" }
        if kind == .notice {
            return "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
                + "form-action 'none'; frame-ancestors 'none'"
        }
        let isOverlay = kind == .overlay
        return [
            "default-src 'self'", "img-src 'self' data:",
            "style-src 'self'\(isOverlay ? " 'unsafe-inline'" : "")", "script-src 'self'",
            "worker-src 'self'", "connect-src 'self'", "object-src 'none'", "base-uri 'none'",
            "form-action 'self'", "frame-ancestors '\(isOverlay ? "self" : "none")'",
        ].joined(separator: "; ")
    }

    /// Nothing of the device is any page's business.
    private static let permissions = [
        "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen",
        "geolocation",
        "gyroscope", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
        "publickey-credentials-get", "screen-wake-lock", "usb", "xr-spatial-tracking",
    ].map { "\($0)=()" }.joined(separator: ", ")

    package static func kind(pattern: String, contentType: String?) -> Kind {
        if pattern.hasPrefix("/overlays/") { return .overlay }
        if pattern.hasPrefix("/auth/") { return .notice }
        if pattern.hasPrefix("/pictures/") { return .data }
        guard pattern.hasPrefix("/api/") || pattern == "/metrics" else { return .page }
        return contentType?.hasPrefix("text/html") == true ? .page : .data
    }

    /// The headers are this place's business alone: what a handler says of them is replaced.
    package func add(to response: inout HTTPResponse, pattern: String) {
        let kind = Self.kind(pattern: pattern, contentType: response.headers["content-type"])
        for field in fields[kind] ?? Self.data { response.headers.replace(field.name, field.value) }
    }

    /// The same route, whose answers have the headers. A stream's head is a constant that has them already.
    package func covering(_ route: Route) -> Route {
        let pattern = route.pattern
        return route.answering { response in
            switch response.body {
            case .detach, .upgrade: return response
            case .empty, .bytes, .stream: break
            }
            var response = response
            add(to: &response, pattern: pattern)
            return response
        }
    }
}
