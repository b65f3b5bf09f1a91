import HTTPServer
import HTTPWire

/// `GET /pictures/*`: Discord's pictures by our own address, so that no page loads anything from elsewhere and Discord does not
/// learn who looks.
///
/// A route of its own, not the door's: a page with a thousand faces must not use up its reader's limit. What a fetch costs is
/// bounded by `PictureCache`.
enum PicturesEndpoint: Endpoint {
    /// A picture's address holds its hash, so what it shows never changes.
    private static let kept = "public, max-age=604800, immutable"

    static func operations(_ context: EndpointContext) -> [Operation] {
        guard let api = context.api else { return [] }
        let route = Route.get("/pictures/*") { request, path in
            let sizes = request.head.queryItems("size")
            let size = sizes.first ?? PictureRequest.usualSize
            guard sizes.count <= 1, PictureRequest.sizes.contains(size) else {
                return .problem(
                    status: 400,
                    detail: "size must be one of \(PictureRequest.sizes.joined(separator: ", "))."
                )
            }
            guard let wanted = PictureRequest(rest: path.rest, size: size) else {
                return .problem(status: 404, detail: "This is no address of a picture of Discord's.")
            }
            let address = ClientAddress(
                peer: request.remoteAddress,
                headers: request.headers,
                trusted: api.config.trustedProxies
            )
            return answer(await api.pictures.picture(wanted, for: address.counted), request)
        }
        return [
            Operation(
                route,
                "picture",
                tag: .pages,
                "A picture of Discord's: a face, a guild's icon, an emoji",
                parameters: [.query("size", .choice(PictureRequest.sizes), "Pixels of a side; 128 without")],
                answers: PictureFormat.allCases.map { .content($0.rawValue, "The picture") } + [
                    .empty(304, "It is as it was"),
                    .problem(404, "Discord has no such picture, or none of these kinds within 512 KiB"),
                    .problem(503, "Discord cannot be asked now, or too many pictures are being fetched"),
                ]
            )
        ]
    }

    private static func answer(_ answer: PictureCache.Answer, _ request: HTTPRequest) -> HTTPResponse {
        switch answer {
        case .held(let picture):
            return picture.content.response(
                to: request,
                cacheControl: kept,
                contentType: picture.format.rawValue
            )
        case .missing:
            return .problem(status: 404, detail: "Discord has no such picture, or none that is handed on.")
        case .away(let seconds):
            return .problem(
                status: 503,
                detail: "Discord's pictures cannot be fetched now. Try again in a moment."
            )
            .with("Retry-After", "\(seconds)")
        case .busy:
            return .problem(
                status: 503,
                detail: "Too many pictures are being fetched. Try again in a moment."
            )
            .with("Retry-After", "5")
        }
    }
}
