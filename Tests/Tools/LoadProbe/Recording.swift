import EventLoop
import Glibc

/// Follows until it is told to stop, says twice a second where the viewers are, and writes down what they received.
struct Recording {
    private let arguments: Arguments
    private let folder: String
    private let loop: EventLoop

    init(_ arguments: Arguments, folder: String, loop: EventLoop) {
        self.arguments = arguments
        self.folder = folder
        self.loop = loop
    }

    struct Unwritten: Error, CustomStringConvertible { let description: String }

    /// Until the task is cancelled, which SIGTERM does.
    func run() async throws {
        let count = arguments.viewers
        let groups = arguments.groups
        let transcript = Transcript(viewers: count, groups: groups.count)
        let audience = Audience(loop: loop, viewers: count, groups: groups.count, transcript: transcript)
        await audience.open(try arguments.urls.map(Arguments.address), groups: groups, viewers: count)
        while !Task.isCancelled {
            // Not `print`, which holds back what goes to a pipe.
            if let line = await audience.transcript?.progress {
                try write(Array((line + "\n").utf8), STDOUT_FILENO, "standard output")
            }
            do { try await Task.sleep(for: .milliseconds(500)) } catch { break }
        }
        await audience.close()
        guard let transcript = await audience.transcript else { return }
        try save(transcript.blocks, "\(folder)/blocks.ndjson")
        try save(transcript.encodedViewers, "\(folder)/viewers.bin")
    }

    private func save(_ bytes: [UInt8], _ path: String) throws {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Unwritten(description: "cannot open \(path)") }
        defer { close(descriptor) }
        try write(bytes, descriptor, path)
    }

    private func write(_ bytes: [UInt8], _ descriptor: CInt, _ name: String) throws {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.span.extracting(done...).withUnsafeBytes { rest in
                unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Unwritten(description: "cannot write to \(name)") }
            done += count
        }
    }
}
