internal import Glibc

/// A private PostgreSQL for one test: free loopback port, temporary directory, no password, nothing synced to disk.
///
/// PostgreSQL refuses to run as root; it runs as the user `postgres` then.
package final class PostgresServer: Sendable {
    package let port: Int
    private let server: ChildServer
    private let data: String

    package var url: String { "postgresql://guildwire@127.0.0.1:\(port)/postgres" }

    /// Makes a cluster, starts it and returns when it takes connections.
    package init() async throws {
        port = try freePort()
        let directory = try temporaryDirectory("postgres")
        data = directory + "/data"
        let isRoot = geteuid() == 0
        if isRoot, runProgram(["chown", "postgres:postgres", directory]) != 0 {
            throw TestServerError(problem: "PostgreSQL needs the user postgres when the tests run as root")
        }
        let user = isRoot ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
        let programs = Self.programs()
        let initdb =
            user + [
                programs + "initdb", "-D", data, "-U", "guildwire", "-A", "trust", "-E", "UTF8",
                "--locale=C.UTF-8", "--no-sync",
            ]
        let made = try await ChildServer.blocking { runProgram(initdb) }
        guard made == 0 else { throw TestServerError(problem: "initdb failed with code \(made)") }
        var command = user + [programs + "postgres", "-D", data, "-p", String(port)]
        for setting in [
            "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "shared_buffers=16MB",
            "max_connections=20",
        ] { command += ["-c", setting] }
        server = ChildServer(directory: directory, command: command, endSignal: "INT")
        try await start()
    }

    /// Starts it again on the same port with the data it kept.
    package func start() async throws {
        let state = data + "/postmaster.pid"
        try await server.start {
            let lines = (readFile(state) ?? "").split(separator: "\n", omittingEmptySubsequences: false)
            return lines.count > 7 && lines[7].hasPrefix("ready")
        }
    }

    /// Ends it at once with all its connections.
    package func stop() async throws { try await server.end() }

    private static func programs() -> String {
        for version in (13...20).reversed() {
            let folder = "/usr/lib/postgresql/\(version)/bin/"
            if unsafe access(folder + "initdb", X_OK) == 0 { return folder }
        }
        return ""
    }
}
