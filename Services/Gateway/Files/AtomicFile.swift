internal import Glibc

/// A small file that is replaced as a whole: after a crash either the old or the new content is there.
package struct AtomicFile: Sendable {
    package let path: String
    /// What a crash may leave beside it.
    package static let temporarySuffix = ".new"

    package init(path: String) { self.path = path }

    package typealias Failure = FileFailure

    /// Nil where there is none yet. Blocks.
    package func read() throws(Failure) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno != ENOENT else { return nil }
            throw failure("open", path)
        }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            guard count > 0 else { return content }
            content.append(contentsOf: chunk[..<count])
        }
    }

    /// Nil where there is none. Blocks.
    package var size: Int? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return Int(status.st_size)
    }

    /// Writes beside it, flushes, renames over it and flushes the folder. Blocks.
    package func write(_ content: [UInt8]) throws { try write { put in try put(content) } }

    /// The same, of what `fill` puts piece by piece. What `fill` throws, and nothing is replaced. Blocks.
    package func write(_ fill: (_ put: (borrowing [UInt8]) throws -> Void) throws -> Void) throws {
        let temporary = path + Self.temporarySuffix
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("open", temporary) }
        do {
            do {
                try fill { try put($0, descriptor, temporary) }
                guard fsync(descriptor) == 0 else { throw failure("fsync", temporary) }
            } catch {
                close(descriptor)
                throw error
            }
            guard close(descriptor) == 0 else { throw failure("close", temporary) }
            guard unsafe rename(temporary, path) == 0 else { throw failure("rename", path) }
        } catch {
            unsafe unlink(temporary)
            throw error
        }
        syncFolder()
    }

    private func put(_ piece: borrowing [UInt8], _ descriptor: CInt, _ temporary: String) throws(Failure) {
        var done = 0
        while done < piece.count {
            let count = unsafe piece.span.extracting(done...).withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("write", temporary) }
            done += count
        }
    }

    /// The folder and those above it. Blocks.
    package func makeFolder() throws(Failure) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/").dropLast() {
            made += made.isEmpty || made == "/" ? String(part) : "/\(part)"
            guard unsafe mkdir(made, 0o700) == 0 || errno == EEXIST else { throw failure("mkdir", made) }
        }
    }

    private func syncFolder() {
        let slash = path.lastIndex(of: "/")
        Folder(path: slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? ".").sync()
    }

    private func failure(_ call: String, _ path: String) -> Failure {
        Failure(call: call, path: path, code: errno)
    }
}

/// A call on a file that failed, by name and errno.
package struct FileFailure: Error, CustomStringConvertible {
    package let call: String
    package let path: String
    package let code: CInt

    package init(call: String, path: String, code: CInt) {
        self.call = call
        self.path = path
        self.code = code
    }

    package var description: String { unsafe "\(call) \(path): \(String(cString: strerror(code)))" }
}
