import HTTPServer
import HTTPWire
import Testing

@Suite struct RouterTests {
    @Test func `the most specific pattern wins and parameters are decoded`() async throws {
        func route(_ pattern: String, method: String = "GET") -> Route {
            Route(
                method: method,
                pattern: pattern,
                immediate: { _, parameters in
                    .text("\(pattern) \(parameters["name"] ?? "") \(parameters.rest)")
                }
            )
        }
        let fixture = try await ServerFixture([
            route("/*"), route("/a/{name}"), route("/a/fixed", method: "POST"), route("/a/{name}/b"),
            route("/files/*"),
        ])
        let table = [
            ("/a/x%20y", "/a/{name} x y "), ("/a/fixed", "/a/{name} fixed "), ("/a/x/b", "/a/{name}/b x "),
            ("/files/p/q.js", "/files/*  p/q.js"), ("/files/", "/files/*  "), ("/files", "/*  files"),
            ("/", "/*  "),
            ("/a/", "/*  a/"), ("//a", "/*  /a"),
        ]
        let client = try await fixture.connect()
        client.send(table.map { request($0.0) }.joined())
        #expect(try await client.replies(table.count).map(\.body) == table.map(\.1))
    }

    @Test func `problem documents escape what they carry`() throws {
        let response = HTTPResponse.problem(status: 422, title: "a \"b\"", detail: "c\\\n\u{1}é")
        guard case .bytes(let bytes) = response.body else {
            Issue.record("a problem has a body")
            return
        }
        let expected =
            #"{"type":"about:blank","title":"a \"b\"","status":422,"detail":"c\\\u000a\u0001é"}"# + "\n"
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }
}
