import HTTPServer
import HTTPWire
import Testing
import Web

/// What every answer tells browsers, of every route there is.
@Suite struct SecurityHeadersTests {
    private static let everywhere = [
        "cross-origin-resource-policy": "same-origin", "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    ]

    private func check(_ answer: APIStage.Answer, _ what: String) {
        for (name, value) in Self.everywhere { #expect(answer.all(name) == [value], "\(what): \(name)") }
        let permissions = answer.all("permissions-policy")
        #expect(permissions.count == 1 && permissions[0].contains("camera=()"), "\(what)")
        let policies = answer.all("content-security-policy")
        #expect(policies.count == 1, "\(what)")
        let parts = policies.first.map { Set($0.components(separatedBy: "; ")) } ?? []
        #expect(parts.contains { $0.hasPrefix("default-src '") }, "\(what)")
        #expect(!parts.contains { $0.hasPrefix("script-src") && $0 != "script-src 'self'" }, "\(what)")
        #expect(answer.all("strict-transport-security").isEmpty, "\(what): the proxy's")
    }

    @Test func `every route of the catalog answers with them`() async throws {
        let stage = try await APIStage()
        let context = EndpointContext(
            authorizer: stage.api.authorizer,
            metrics: stage.api.metrics,
            readiness: stage.api.readiness,
            viewerLoop: stage.replica.viewerLoops[0],
            pages: StaticFiles(root: "Services/Web/Public"),
            api: stage.api
        )
        let operations = Catalog.operations(context)
        #expect(operations.count > 10)
        for operation in operations {
            let target = operation.pattern.replacing("{guild}", with: "1").replacing("{name}", with: "voice")
                .replacing("{", with: "").replacing("}", with: "").replacing("*", with: "nothing")
            for cookie in ["", stage.replica.cookie(of: APIStage.owner)] {
                let answer = try await stage.ask(operation.method, target, cookie)
                #expect(answer.status >= 200)
                check(answer, "\(operation.method) \(operation.pattern) \(answer.status)")
            }
        }
    }

    @Test func `what the server answers by itself has them too`() async throws {
        let stage = try await APIStage()
        let table: [(method: String, target: String, status: Int)] = [
            ("GET", "/nothing", 404), ("PUT", "/", 405), ("POST", "/api/stream", 405),
        ]
        for (method, target, status) in table {
            let answer = try await stage.ask(method, target)
            #expect(answer.status == status)
            check(answer, target)
        }
        let broken = try await stage.send("GET /api/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        #expect(broken.status == 400)
        check(broken, "two hosts")
    }

    @Test func `pages can be framed by nobody, overlays by us alone, and data is no document`() async throws {
        let stage = try await APIStage(environment: ["DISCORD_CDN_BASE": "https://pictures.example/cdn/"])
        func policy(_ target: String) async throws -> String {
            try await stage.ask("GET", target).header("content-security-policy") ?? ""
        }
        for target in ["/", "/shared/stream-worker.js", "/shared/tokens.css"] {
            let page = try await policy(target)
            #expect(
                page.contains("frame-ancestors 'none'") && page.contains("style-src 'self';"),
                "\(target)"
            )
            #expect(page.contains("img-src 'self' data:;"), "\(target)")
            #expect(!page.contains("unsafe"), "\(target)")
        }
        let overlay = try await policy("/overlays/voice")
        #expect(overlay.contains("style-src 'self' 'unsafe-inline';"))
        #expect(overlay.contains("frame-ancestors 'self'") && !overlay.contains("unsafe-eval"))
        #expect(overlay.contains("script-src 'self';"))
        for target in ["/api/health", "/api/stream", "/api/guilds/1/audit", "/metrics", "/nothing"] {
            #expect(try await policy(target) == "default-src 'none'; frame-ancestors 'none'", "\(target)")
        }
    }

    @Test func `a page made by the API is a page, whatever its handler said of it`() {
        let table: [(pattern: String, type: String?, kind: SecurityHeaders.Kind)] = [
            ("/api/docs", "text/html; charset=utf-8", .page), ("/api/docs", "application/json", .data),
            ("/api/guilds", nil, .data), ("/auth/callback", "text/html", .notice),
            ("/auth/login", nil, .notice),
            ("/overlays/{name}", "text/html", .overlay), ("/overlays/{name}/*", "text/css", .overlay),
            ("/", "text/html", .page), ("/metrics", "text/plain", .data),
            ("/pictures/*", "image/png", .data), ("/pictures/*", "text/html", .data),
        ]
        for (pattern, type, kind) in table {
            #expect(SecurityHeaders.kind(pattern: pattern, contentType: type) == kind, "\(pattern)")
        }
        var response = HTTPResponse.text("<p>", contentType: "text/html")
            .with("Content-Security-Policy", "default-src *").with("Referrer-Policy", "unsafe-url")
        SecurityHeaders().add(to: &response, pattern: "/api/docs")
        #expect(response.headers.all("referrer-policy") == ["no-referrer"])
        let policies = response.headers.all("content-security-policy")
        #expect(policies.count == 1 && policies[0].contains("script-src 'self'"))
    }
}
