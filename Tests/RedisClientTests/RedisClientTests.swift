import Base
import EventLoop
import RedisClient
import TestSupport
import Testing

private func quick(_ url: String) throws -> RedisConfig {
    var config = try RedisConfig(url: url)
    config.backoff = Backoff(base: .milliseconds(10), limit: .milliseconds(50))
    return config
}

/// Against a real Redis.
@Suite struct RedisClientTests {
    @Test func `commands are answered in order, errors only to those who made them`() async throws {
        let redis = try await RedisServer()
        try await withEventLoop { loop in
            let client = RedisClient(try quick(redis.url), on: loop)
            await client.start()
            await client.whenConnected()
            #expect(try await client.send(["SET", "name", "Grüße\r\n"]) == .status("OK"))
            #expect(try await client.send(["GET", "name"]).string == "Grüße\r\n")
            let results = try await client.pipeline([
                ["RPUSH", "list", "a", "b"], ["INCR", "name"], ["LRANGE", "list", "0", "-1"],
                ["GET", "none"],
            ])
            #expect(results.count == 4)
            #expect(try results[0].get() == .integer(2))
            #expect(throws: RedisError.self) { try results[1].get() }
            #expect(try results[2].get() == .array([.bulk([0x61]), .bulk([0x62])]))
            #expect(try results[3].get() == .null)
            await client.close()
            await #expect(throws: RedisError.closed) { try await client.send(["PING"]) }
        }
    }

    @Test func `a password and a database number are used, and a wrong password is named as the reason`()
        async throws
    {
        let redis = try await RedisServer(["--requirepass", "s3cret"])
        try await withEventLoop { loop in
            let client = RedisClient(try quick("redis://:s3cret@127.0.0.1:\(redis.port)/2"), on: loop)
            await client.start()
            await client.whenConnected()
            _ = try await client.send(["SET", "here", "1"])
            #expect(try await client.send(["CLIENT", "INFO"]).string?.contains(" db=2 ") == true)
            await client.close()

            let stranger = RedisClient(try quick("redis://:wrong@127.0.0.1:\(redis.port)"), on: loop)
            await stranger.start()
            try await eventually("the refusal") {
                do throws(RedisError) {
                    _ = try await stranger.send(["PING"])
                    return false
                } catch { return error.description.contains("WRONGPASS") }
            }
            await stranger.close()
        }
    }

    @Test func `a client outlives its Redis: it fails fast, then goes on`() async throws {
        let redis = try await RedisServer()
        try await withEventLoop { loop in
            let client = RedisClient(try quick(redis.url), on: loop)
            await client.start()
            await client.whenConnected()
            let script = RedisScript("return redis.call('INCR', KEYS[1])")
            #expect(try await client.evaluate(script, keys: ["n"], arguments: []) == .integer(1))
            try await redis.stop()
            try await eventually("the loss to be noticed") { await !client.isConnected }
            await #expect(throws: RedisError.self) { try await client.send(["PING"]) }
            try await redis.start()
            await client.whenConnected()
            // Its scripts are gone, its data is not.
            #expect(try await client.evaluate(script, keys: ["n"], arguments: []) == .integer(2))
            _ = try await client.send(["SCRIPT", "FLUSH"])
            #expect(try await client.evaluate(script, keys: ["n"], arguments: []) == .integer(3))
            await client.close()
        }
    }

    @Test func `a Redis that hangs is a lost one`() async throws {
        let redis = try await RedisServer()
        try await withEventLoop { loop in
            var config = try quick(redis.url)
            config.replyTimeout = .milliseconds(300)
            let client = RedisClient(config, on: loop)
            await client.start()
            await client.whenConnected()
            redis.pause()
            await #expect(throws: RedisError.timeout) { try await client.send(["PING"]) }
            redis.resume()
            await client.whenConnected()
            #expect(try await client.send(["PING"]) == .status("PONG"))
            await client.close()
        }
    }

    @Test func `waiting for a connection ends with the task that waits`() async throws {
        try await withEventLoop { loop in
            let client = RedisClient(try quick("redis://127.0.0.1:\(try freePort())"), on: loop)
            await client.start()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await client.whenConnected() }
                group.cancelAll()
                try await group.waitForAll()
            }
            await client.close()
        }
    }

    @Test func `a subscriber subscribes again after a loss`() async throws {
        let redis = try await RedisServer()
        try await withEventLoop { loop in
            let heard = Locked<[RedisSubscription]>([])
            let subscriber = RedisSubscriber(try quick(redis.url), on: loop) { event in
                heard.withLock { $0.append(event) }
            }
            let client = RedisClient(try quick(redis.url), on: loop)
            await subscriber.subscribe("news")
            await subscriber.start()
            await client.start()
            await client.whenConnected()
            try await eventually("the subscription") {
                heard.withLock { $0.contains(.subscribed(channel: "news")) }
            }
            _ = try await client.send(["PUBLISH", "news", "one"])
            try await eventually("the first message") {
                heard.withLock { $0.last == .message(channel: "news", payload: Array("one".utf8)) }
            }
            try await redis.crash()
            try await redis.start()
            try await eventually("the second subscription") {
                heard.withLock { $0.filter { $0 == .subscribed(channel: "news") }.count == 2 }
            }
            await client.whenConnected()
            _ = try await client.send(["PUBLISH", "news", "two"])
            try await eventually("the second message") {
                heard.withLock { $0.last == .message(channel: "news", payload: Array("two".utf8)) }
            }
            let messages = heard.withLock { $0.filter { if case .message = $0 { true } else { false } } }
            #expect(messages.count == 2)
            await subscriber.close()
            await client.close()
        }
    }
}
