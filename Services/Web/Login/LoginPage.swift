package import HTTPServer

/// What a browser sees when a login did not come to its end: what is wrong and what to do, without script or style of its own.
package struct LoginPage: Sendable {
    let status: Int
    let title: String
    let text: String
    /// Where to go on, and how that is called.
    let action: (address: String, label: String)

    package var response: HTTPResponse {
        let html = """
            <!doctype html>
            <html lang="en">
            <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta name="color-scheme" content="light dark">
                <title>\(Self.escaped(title)) · Guildwire</title>
                <link rel="icon" href="/shared/favicon.svg" type="image/svg+xml">
                <link rel="stylesheet" href="/shared/tokens.css">
                <link rel="stylesheet" href="/shared/notice-page.css">
            </head>
            <body>
                <main class="notice">
                    <h1>\(Self.escaped(title))</h1>
                    <p>\(Self.escaped(text))</p>
                    <p><a class="notice-action" href="\(Self.escaped(action.address))">\(Self.escaped(action.label))</a></p>
                </main>
            </body>
            </html>

            """
        return HTTPResponse.text(html, status: status, contentType: "text/html; charset=utf-8")
    }

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }
}
