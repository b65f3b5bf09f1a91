internal import Base
internal import EventLoop
internal import Glibc

/// A server process that a test starts on its own and ends by its process id.
///
/// A small shell stands between: it ends the server when this process goes, however it goes, since its standard
/// input closes then, kills it where it has not ended 20 s later (one that just starts may miss the signal), and removes
/// its directory unless it was told to keep it. What the server prints goes to `server.log` there.
///
/// Starting and ending wait for other processes, and never do so on Swift's own threads: tests share as many of those as
/// there are cores, and two that wait would hold up all the others.
package final class ChildServer: Sendable {
    private struct Running {
        let pid: pid_t
        let guardPID: pid_t
        let leash: CInt
    }

    package let directory: String
    private let command: [String]
    private let endSignal: String
    private let running = Locked<Running?>(nil)

    private static let streamCloseOnExec = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)

    private static let guardScript = """
        end=$1; directory=$2; shift 2
        "$@" >>"$directory/server.log" 2>&1 &
        pid=$!
        echo $pid
        exec >/dev/null 2>&1
        read -r order
        kill -s "$end" $pid; kill -s CONT $pid
        (
            trap 'ended=1; kill $nap' TERM
            sleep 20 & nap=$!
            wait $nap && [ -z "$ended" ] && kill -s KILL $pid
        ) &
        last=$!
        wait $pid
        kill $last
        [ "$order" = keep ] || rm -rf "$directory"
        """

    private static let pool = BlockingPool(threadsMax: 16)

    /// Runs what waits for other processes on a thread of its own.
    static func blocking<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await pool.run(body)
    }

    /// `endSignal` is the name of the signal that ends the server in order, such as `TERM`.
    package init(directory: String, command: [String], endSignal: String) {
        self.directory = directory
        self.command = command
        self.endSignal = endSignal
    }

    /// The guard ends the server and removes its directory; no test waits for it.
    ///
    /// It is reaped all the same: Swift Testing waits for the processes of its exit tests by looking at the first child that
    /// has ended, whosesoever it is, and while that one is never reaped it sees no other.
    deinit {
        guard let running = running.withLock({ $0 }) else { return }
        close(running.leash)
        Self.pool.submit { _ = waitFor(running.guardPID) }
    }

    package var pid: Int32? { running.withLock { $0?.pid } }
    /// The shell that stands between.
    package var guardPID: Int32? { running.withLock { $0?.guardPID } }

    /// Returns when `isReady`, asked every few milliseconds, says so; fails after 30 s with the server's log.
    package func start(until isReady: @escaping @Sendable () -> Bool) async throws {
        try await Self.blocking {
            try self.launch()
            try self.waitUntil(isReady)
        }
    }

    private func launch() throws {
        precondition(pid == nil, "the server runs already")
        // One pair of sockets is both the shell's input and its output.
        var pair: [CInt] = [0, 0]
        guard unsafe socketpair(AF_UNIX, Self.streamCloseOnExec, 0, &pair) == 0 else {
            throw TestServerError(problem: "socketpair failed")
        }
        let shell = ["/bin/sh", "-c", Self.guardScript, "sh", endSignal, directory] + command
        let guardPID = try spawn(shell, input: pair[1], output: pair[1])
        close(pair[1])
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while unsafe read(pair[0], &byte, 1) == 1, byte != 0x0A { line.append(byte) }
        guard let pid = pid_t(String(decoding: line, as: UTF8.self)) else {
            close(pair[0])
            _ = waitFor(guardPID)
            throw TestServerError(problem: "\(command[0]) did not start")
        }
        running.withLock { $0 = Running(pid: pid, guardPID: guardPID, leash: pair[0]) }
    }

    /// Sends a signal to the server alone.
    package func signal(_ number: Int32) {
        if let pid { kill(pid, number) }
    }

    /// Ends the server in order, waits for its end and keeps its directory.
    package func end() async throws {
        let ended = running.withLock { running -> Running? in
            defer { running = nil }
            return running
        }
        guard let ended else { return }
        try await Self.blocking {
            _ = unsafe send(ended.leash, "keep\n", 5, CInt(MSG_NOSIGNAL))
            close(ended.leash)
            _ = waitFor(ended.guardPID)
        }
    }

    /// Ends it at once, as a crash would.
    package func crash() async throws {
        signal(SIGKILL)
        try await end()
    }

    /// The end of what the server printed.
    package var log: String { String((readFile(directory + "/server.log") ?? "").suffix(2000)) }

    private func waitUntil(_ isReady: () -> Bool) throws {
        for _ in 0..<6000 {
            if isReady() { return }
            _ = poll(nil, 0, 5)
        }
        throw TestServerError(problem: "\(command[0]) is not ready after 30 s: \(log)")
    }
}

package struct TestServerError: Error, CustomStringConvertible {
    package let problem: String
    package var description: String { problem }
}

/// Runs a program to its end and returns its exit code; 127 where it cannot be started.
func runProgram(_ command: [String]) -> Int32 {
    let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
    defer { close(null) }
    guard let pid = try? spawn(command, input: null, output: null) else { return 127 }
    return waitFor(pid)
}

private func waitFor(_ pid: pid_t) -> Int32 {
    var status: CInt = 0
    while unsafe waitpid(pid, &status, 0) == -1, errno == EINTR {}
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
}

private func spawn(_ command: [String], input: CInt, output: CInt) throws -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    // A process group of its own, so that Ctrl-C in a terminal ends the tests and they end their servers; and no
    // signal blocked, since Swift's threads block them all and a server would never see its SIGTERM.
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    var arguments = unsafe command.map { unsafe strdup($0) }
    unsafe arguments.append(nil)
    defer { for index in unsafe arguments.indices { unsafe free(arguments[index]) } }
    var pid: pid_t = 0
    let code = unsafe posix_spawnp(&pid, command[0], &actions, &attributes, arguments, environ)
    guard code == 0 else { throw TestServerError(problem: "cannot start \(command[0]): errno \(code)") }
    return pid
}

func readFile(_ path: String) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var all: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16384)
    while true {
        let got = unsafe read(descriptor, &chunk, chunk.count)
        guard got > 0 else { break }
        all.append(contentsOf: chunk[..<got])
    }
    return String(decoding: all, as: UTF8.self)
}

/// A new empty directory for one server.
func temporaryDirectory(_ name: String) throws -> String {
    let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/guildwire-\(name)-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw TestServerError(problem: "no temporary directory") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// A TCP port of the loopback interface that nobody uses at this moment.
///
/// Below those that Linux gives to outgoing connections (32,768 and up), for there one of them may take it before the
/// server that is to have it.
package func freePort() throws -> Int {
    let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw TestServerError(problem: "no socket") }
    defer { close(descriptor) }
    for _ in 0..<100 {
        let port = UInt16.random(in: 16_384..<32_768)
        let address = loopback(port: port)
        let code = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if code == 0 { return Int(port) }
    }
    throw TestServerError(problem: "no free port")
}

/// Connects, sends `text` and returns the start of the answer; nil where nobody listens.
func askLoopback(port: Int, _ text: String) -> String? {
    let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var address = loopback(port: UInt16(port))
    let code = unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    let bytes = Array(text.utf8)
    guard code == 0, unsafe send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count else {
        return nil
    }
    var answer = [UInt8](repeating: 0, count: 256)
    let got = unsafe recv(descriptor, &answer, answer.count, 0)
    return got >= 0 ? String(decoding: answer[..<got], as: UTF8.self) : nil
}

private func loopback(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
}
