import HTTPClient
import Testing

@Suite(.timeLimit(.minutes(1))) struct URLSessionHTTPClientTests {
    private let client = URLSessionHTTPClient(bodyBytesMax: 1000)

    private func withServer(_ answer: String?, _ body: (ScriptedServer) async throws -> Void) async throws {
        let server = try ScriptedServer(answer: answer)
        defer { server.stop() }
        try await body(server)
    }

    @Test func `a call goes out as written and its answer comes back`() async throws {
        let answer =
            "HTTP/1.1 201 Created\r\nX-RateLimit-Remaining: 4\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
        try await withServer(answer) { server in
            let call = HTTPCall(
                "POST",
                "\(server.url)/a/b?c=%20d",
                headers: [.init("Authorization", "Bot x"), .init("Content-Type", "application/json")],
                body: Array("{}".utf8)
            )
            let reply = try await client.send(call)
            #expect(reply.status == 201)
            #expect(reply[header: "x-ratelimit-remaining"] == "4")
            #expect(reply.body == Array("ok".utf8))
            let request = server.requests.first ?? ""
            #expect(request.hasPrefix("POST /a/b?c=%20d HTTP/1.1\r\n"))
            #expect(request.hasSuffix("\r\n\r\n{}"))
            for line in ["User-Agent: \(URLSessionHTTPClient.defaultUserAgent)", "Authorization: Bot x"] {
                #expect(request.contains("\r\n\(line)\r\n"))
            }
        }
    }

    @Test func `every method carries its body, large ones without asking first`() async throws {
        for (method, length) in [("POST", 0), ("POST", 100_000), ("PUT", 3), ("PATCH", 2000), ("DELETE", 3)] {
            let answer = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
            try await withServer(answer) { server in
                let body = [UInt8](repeating: 0x61, count: length)
                let reply = try await client.send(HTTPCall(method, server.url, body: body))
                #expect(reply.status == 204)
                let request = server.requests.first ?? ""
                #expect(request.hasPrefix("\(method) / HTTP/1.1\r\n"))
                #expect(
                    request.hasSuffix("\r\n\r\n" + String(repeating: "a", count: length)),
                    "\(method) \(length)"
                )
                // "Expect: 100-continue" would cost a second with servers that do not know it.
                #expect(!request.lowercased().contains("\r\nexpect:"))
            }
        }
    }

    @Test func `refusals and redirects are answers`() async throws {
        for status in [404, 500, 302, 204] {
            let location = "Location: http://127.0.0.1:9/elsewhere\r\n"
            let answer =
                "HTTP/1.1 \(status) Text\r\n\(location)Content-Length: 0\r\nConnection: close\r\n\r\n"
            try await withServer(answer) { server in
                let reply = try await client.send(HTTPCall("GET", server.url))
                #expect(reply.status == status)
                #expect(!reply.isSuccess || status == 204)
            }
        }
    }

    @Test func `a body may be as large as the limit and not larger`() async throws {
        for (length, fits) in [(1000, true), (1001, false), (300_000, false)] {
            let body = String(repeating: "a", count: length)
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\nConnection: close\r\n\r\n\(body)"
            try await withServer(answer) { server in
                let code = await failure(HTTPCall("GET", server.url))
                #expect(code == (fits ? nil : .tooLarge))
            }
        }
    }

    @Test func `a server that says nothing is given up`() async throws {
        try await withServer(nil) { server in
            let code = await failure(HTTPCall("GET", server.url, timeout: .milliseconds(100)))
            #expect(code == .timedOut)
        }
    }

    @Test func `a cancelled call ends`() async throws {
        try await withServer(nil) { server in
            let code = await withTaskGroup(of: HTTPClientError.Code?.self) { group in
                group.addTask { await failure(HTTPCall("GET", server.url)) }
                group.cancelAll()
                return await group.next() ?? nil
            }
            #expect(code == .cancelled)
        }
    }

    @Test func `a call of a task that is cancelled already ends`() async throws {
        try await withServer(nil) { server in
            for _ in 0..<20 {
                let code = await withTaskGroup(of: HTTPClientError.Code?.self) { group in
                    group.cancelAll()
                    group.addTask { await failure(HTTPCall("GET", server.url)) }
                    return await group.next() ?? nil
                }
                #expect(code == .cancelled)
            }
        }
    }

    @Test func `whoever waits for a call that fails goes on where it was`() async throws {
        actor Waiter {
            func send(_ call: HTTPCall, _ client: any HTTPClient) async -> Bool {
                do {
                    _ = try await client.send(call)
                    return false
                } catch {
                    preconditionIsolated()
                    return true
                }
            }
        }
        #expect(await Waiter().send(HTTPCall("GET", "http://127.0.0.1:1/"), client))
    }

    @Test func `errors do not tell the URL`() async throws {
        let server = try ScriptedServer(answer: nil)
        server.stop()
        do {
            _ = try await client.send(HTTPCall("GET", "http://127.0.0.1:1/webhooks/1/very-secret"))
            Issue.record("port 1 answered")
        } catch {
            #expect((error as? HTTPClientError)?.code == .connectionFailed)
            #expect(!"\(error)".contains("secret"))
        }
    }

    @Test func `malformed calls are not sent`() async {
        let calls = [
            HTTPCall("GET", "ftp://host/"), HTTPCall("GET", "/path"), HTTPCall("GET", "http://"),
            HTTPCall("GE T", "http://127.0.0.1:1/"),
            HTTPCall("GET", "http://127.0.0.1:1/", headers: [.init("A", "b\r\nC: d")]),
            HTTPCall("GET", "http://127.0.0.1:1/", headers: [.init("A:", "b")]),
        ]
        for call in calls { #expect(await failure(call) == .invalidCall) }
    }

    private func failure(_ call: HTTPCall) async -> HTTPClientError.Code? {
        do {
            _ = try await client.send(call)
            return nil
        } catch let error as HTTPClientError {
            return error.code
        } catch is CancellationError {
            return .cancelled
        } catch {
            Issue.record("another error: \(error)")
            return nil
        }
    }
}
