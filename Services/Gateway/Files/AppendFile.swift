internal import Glibc

/// A file that grows at its end. Everything here blocks.
final class AppendFile: Sendable {
    let path: String
    private let descriptor: CInt

    /// `isNew`: begins empty, whatever stood there; otherwise shared with whoever else appends.
    init(path: String, isNew: Bool) throws(FileFailure) {
        self.path = path
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND | (isNew ? O_TRUNC : 0)
        descriptor = unsafe open(path, flags, 0o600)
        guard descriptor >= 0 else { throw FileFailure(call: "open", path: path, code: errno) }
    }

    deinit { close(descriptor) }

    /// Puts the bytes behind what is there and waits until the disk has them. After a failure any part of them may be
    /// there, and what the disk holds of it is not known.
    func append(_ bytes: [UInt8]) throws(FileFailure) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.span.extracting(done...).withUnsafeBytes { rest in
                unsafe write(descriptor, rest.baseAddress, rest.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileFailure(call: "write", path: path, code: errno) }
            done += count
        }
        guard fdatasync(descriptor) == 0 else {
            throw FileFailure(call: "fdatasync", path: path, code: errno)
        }
    }

    /// Takes back what is behind `length`, as far as the disk lets it.
    func cut(to length: Int) {
        ftruncate(descriptor, length)
        fdatasync(descriptor)
    }
}
