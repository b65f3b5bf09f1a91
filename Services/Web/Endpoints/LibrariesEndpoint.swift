import HTTPServer
import HTTPWire

/// `GET /libraries/chart.js`: Chart.js as Debian packages it, from where the package puts it. Nothing of it is in this repository.
enum LibrariesEndpoint: Endpoint {
    static let folder = "/usr/share/javascript/chart.js"
    /// The address names no version, and a package's update should be seen within a day.
    private static let kept = "public, max-age=86400"

    static func operations(_ context: EndpointContext) -> [Operation] {
        let files = context.libraries
        let route = Route.get("/libraries/chart.js") { request, _ in
            var response = await files.response(to: request, path: "chart.min.js")
            if response.status == 404 {
                return .problem(
                    status: 404,
                    detail: "Chart.js is not on this machine. Install Debian's package libjs-chart.js."
                )
            }
            if response.status < 400 { response.headers.replace("Cache-Control", kept) }
            return response
        }
        return [
            Operation(
                route,
                "chartLibrary",
                tag: .pages,
                "Chart.js, which draws charts",
                answers: [
                    .content("text/javascript", "The library as one script, which sets the global Chart"),
                    .empty(304, "It is as it was"),
                    .problem(404, "It is not on this machine; the detail says what to install"),
                ]
            )
        ]
    }
}
