import Base
import RedisClient
import TLS
import Testing

@Suite struct RedisConfigTests {
    @Test func `a URL names host, port, credentials and database`() throws {
        let full = try RedisConfig(url: "redis://ana:s%40cret%2F@example.org:7000/3")
        #expect(full.host == "example.org")
        #expect(full.port == 7000)
        #expect(full.username == "ana")
        #expect(full.password == Secret("s@cret/"))
        #expect(full.database == 3)
        let short = try RedisConfig(url: "redis://127.0.0.1")
        #expect((short.port, short.database, short.password) == (6379, 0, nil))
        #expect(try RedisConfig(url: "redis://:pw@[::1]:1/").host == "::1")
    }

    @Test func `rediss is the same with TLS, and may name its authorities`() throws {
        #expect(try RedisConfig(url: "redis://h/1").tls == nil)
        let plain = try RedisConfig(url: "rediss://u:p@h/1")
        #expect(plain.tls == .system && plain.port == 6379 && plain.database == 1 && plain.username == "u")
        let own = try RedisConfig(url: "rediss://[::1]:6380/2?cacert=/etc/my%20ca/a.pem")
        #expect(own.tls == .pemFile("/etc/my ca/a.pem") && own.port == 6380 && own.database == 2)
        #expect(try RedisConfig(url: "rediss://h?cacert=/a").tls == .pemFile("/a"))
    }

    @Test func `a URL that cannot be meant is refused without being shown`() {
        let refused = [
            "", "localhost:6379", "http://localhost", "redis://", "redis://:s3cret@",
            "redis://h:0", "redis://h:65536", "redis://h:x", "redis://h/x", "redis://h/1/2", "redis://h?db=1",
            "redis://h?cacert=/a", "rediss://h?cacert=", "rediss://h?cacert=/a&x=1", "rediss://h?x=1",
            "rediss://h#x", "rediss://h/1?cacert=%zz", "rediss://", "redisss://h",
            "redis://s3cret@h", "redis://u:%zz@h", "redis://u:%ff@h",
        ]
        for url in refused {
            do {
                _ = try RedisConfig(url: url)
                Issue.record("accepted \(url)")
            } catch {
                #expect(!error.description.contains("s3cret"))
            }
        }
    }
}
