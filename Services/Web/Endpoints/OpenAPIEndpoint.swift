import Base
import HTTPServer

/// `GET /api/openapi.json`: the table of operations, for other people's programs.
enum OpenAPIEndpoint: Endpoint {
    static func operations(_ context: EndpointContext) -> [Operation] {
        guard let api = context.api else { return [] }
        return [
            Operation(
                "GET",
                "/api/openapi.json",
                "openapi",
                tag: .operations,
                "This document",
                access: .anyone,
                parameters: [.ifNoneMatch],
                answers: [
                    .json(.anyObject, "OpenAPI 3.1"),
                    .empty(304, "It is as it was"),
                ]
            ) { call in
                let content = api.openAPI.content { Catalog.operations(context) }
                return content.response(to: call.request, cacheControl: "public, max-age=60")
            }
        ]
    }
}

/// The document, made when it is asked for first, once for all loops.
package final class OpenAPISheet: Sendable {
    private let made = Locked<TaggedContent?>(nil)

    package init() {}

    func content(_ operations: () -> [Operation]) -> TaggedContent {
        made.withLock { made in
            if let made { return made }
            let content = TaggedContent(OpenAPIDocument.encoded(operations()))
            made = content
            return content
        }
    }
}
