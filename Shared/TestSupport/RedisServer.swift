internal import Glibc

/// A private Redis for one test: free loopback port, temporary directory, append-only file on.
package final class RedisServer: Sendable {
    package let port: Int
    private let server: ChildServer

    package var url: String { "redis://127.0.0.1:\(port)/0" }
    package var pid: Int32? { server.pid }
    package var guardPID: Int32? { server.guardPID }

    /// Starts it and returns when it answers. `arguments` are further settings, such as `--requirepass x`.
    package init(_ arguments: [String] = []) async throws {
        port = try freePort()
        let directory = try temporaryDirectory("redis")
        var command = ["redis-server", "--port", String(port), "--bind", "127.0.0.1", "--dir", directory]
        command += ["--appendonly", "yes", "--save", "", "--daemonize", "no", "--loglevel", "notice"]
        server = ChildServer(directory: directory, command: command + arguments, endSignal: "TERM")
        try await start()
    }

    /// Starts it again on the same port with the data it kept.
    package func start() async throws {
        let port = self.port
        try await server.start {
            guard let answer = askLoopback(port: port, "PING\r\n") else { return false }
            return answer.hasPrefix("+PONG") || answer.hasPrefix("-NOAUTH")
        }
    }

    /// Ends it in order: everything it holds is on disk.
    package func stop() async throws { try await server.end() }

    /// Kills it: what was written in the last second may be lost.
    package func crash() async throws { try await server.crash() }

    /// Kills it and removes its data.
    package func loseEverything() async throws {
        try await server.crash()
        let directory = server.directory
        _ = try await ChildServer.blocking {
            runProgram(["rm", "-rf", directory + "/appendonlydir", directory + "/dump.rdb"])
        }
    }

    /// Lets it hang without closing its connections, until `resume`.
    package func pause() { server.signal(SIGSTOP) }
    package func resume() { server.signal(SIGCONT) }
}
