import Glibc
import TestSupport
import Testing

@Suite struct ServerLeftAloneTests {
    /// A zombie would keep Swift Testing from seeing the ends of its exit tests' processes.
    @Test func `a server that its test let go of ends and is reaped`() async throws {
        var redis: RedisServer? = try await RedisServer()
        let server = try #require(redis?.pid)
        let shell = try #require(redis?.guardPID)
        redis = nil
        try await eventually("the end of both") { kill(server, 0) == -1 && kill(shell, 0) == -1 }
    }
}
