import Base
import RedisClient
import TLS
import TestSupport
import Testing

/// Against a real Redis that speaks TLS, with certificates made here.
@Suite struct RedisTLSTests {
    /// `body` gets the server's TLS port and the files.
    private func withTLSRedis(
        names: String = "IP:127.0.0.1,DNS:localhost",
        _ body: (Int, TLSFiles, RedisServer) async throws -> Void
    ) async throws {
        let authority = try TestAuthority()
        let files = try TLSFiles(try authority.issue(names), authorityPEM: authority.pem)
        let port = try freePort()
        let redis = try await RedisServer([
            "--tls-port", String(port), "--tls-cert-file", files.certificate, "--tls-key-file", files.key,
            "--tls-auth-clients", "no", "--requirepass", "s3cret",
        ])
        try await body(port, files, redis)
    }

    private func config(_ url: String) throws -> RedisConfig {
        var config = try RedisConfig(url: url)
        config.backoff = Backoff(base: .milliseconds(10), limit: .milliseconds(50))
        return config
    }

    @Test func `commands, large replies and subscriptions go over TLS`() async throws {
        try await withTLSRedis { port, files, _ async throws in
            let own = try config("rediss://:s3cret@127.0.0.1:\(port)/3?cacert=\(files.authority)")
            try await withEventLoop { loop in
                let client = RedisClient(own, on: loop)
                await client.start()
                await client.whenConnected()
                let large = String(repeating: "Grüße ", count: 200_000)
                _ = try await client.send(["SET", "large", large])
                #expect(try await client.send(["GET", "large"]).string == large)
                #expect(try await client.send(["CLIENT", "INFO"]).string?.contains(" db=3 ") == true)

                let heard = Locked<[RedisSubscription]>([])
                let subscriber = RedisSubscriber(own, on: loop) { event in heard.withLock { $0.append(event) }
                }
                await subscriber.subscribe("news")
                await subscriber.start()
                try await eventually("the subscription") {
                    heard.withLock { $0.contains(.subscribed(channel: "news")) }
                }
                _ = try await client.send(["PUBLISH", "news", large])
                try await eventually("the message") {
                    heard.withLock { $0.last == .message(channel: "news", payload: Array(large.utf8)) }
                }
                await subscriber.close()
                await client.close()
            }
        }
    }

    @Test func `a name is checked like an address`() async throws {
        try await withTLSRedis { port, files, _ async throws in
            try await withEventLoop { loop in
                let url = "rediss://:s3cret@localhost:\(port)?cacert=\(files.authority)"
                let client = RedisClient(try config(url), on: loop)
                await client.start()
                await client.whenConnected()
                #expect(try await client.send(["PING"]) == .status("PONG"))
                await client.close()
            }
        }
    }

    @Test func `a connection over TLS outlives its Redis`() async throws {
        try await withTLSRedis { port, files, redis async throws in
            try await withEventLoop { loop in
                let url = "rediss://:s3cret@127.0.0.1:\(port)?cacert=\(files.authority)"
                let client = RedisClient(try config(url), on: loop)
                await client.start()
                await client.whenConnected()
                try await redis.crash()
                try await eventually("the loss to be noticed") { await !client.isConnected }
                try await redis.start()
                await client.whenConnected()
                #expect(try await client.send(["PING"]) == .status("PONG"))
                await client.close()
            }
        }
    }

    /// What is said to a server whose certificate is not believed: nothing, so not the password either.
    @Test(arguments: ["another authority", "the machine's authorities", "another name", "no TLS there"])
    func `a server that cannot be believed is refused with the reason`(problem: String) async throws {
        let names = problem == "another name" ? "DNS:other.example" : "IP:127.0.0.1"
        try await withTLSRedis(names: names) { port, files, redis async throws in
            let other = try TLSFiles(
                try TestAuthority.selfSigned("DNS:x"),
                authorityPEM: TestAuthority(name: "Another").pem
            )
            let (query, word) =
                switch problem {
                case "another authority": ("?cacert=\(other.authority)", "no trusted issuer")
                case "the machine's authorities": ("", "no trusted issuer")
                case "another name": ("?cacert=\(files.authority)", "not for 127.0.0.1")
                default: ("?cacert=\(files.authority)", "TLS")
                }
            try await withEventLoop { loop in
                let target = problem == "no TLS there" ? redis.port : port
                let client = RedisClient(try config("rediss://:s3cret@127.0.0.1:\(target)\(query)"), on: loop)
                await client.start()
                try await eventually("the refusal, with \(word)") {
                    do throws(RedisError) {
                        _ = try await client.send(["PING"])
                        Issue.record("let in")
                        return true
                    } catch { return error.description.contains(word) && error.description.contains("TLS") }
                }
                #expect(await !client.isConnected)
                await client.close()
            }
        }
    }

    @Test func `authorities that cannot be read are the reason, and are looked for again`() async throws {
        try await withEventLoop { loop in
            let client = RedisClient(try config("rediss://127.0.0.1:1?cacert=/nowhere/ca.pem"), on: loop)
            await client.start()
            try await eventually("the refusal") {
                do throws(RedisError) {
                    _ = try await client.send(["PING"])
                    return true
                } catch { return error.description.contains("/nowhere/ca.pem") }
            }
            await client.close()
        }
    }
}
