import Glibc
import JSON

/// A file, read whole.
enum InputFile {
    /// What cannot be read reads as nothing, which is no JSON text either.
    static func contents(of path: String) throws(JSONError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw JSONError(.unexpectedEnd, at: 0) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while bytes.count <= JSONLimits.standard.bytesMax {
            var count = 0
            bytes += unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, filled in
                count = unsafe read(descriptor, buffer.baseAddress, buffer.count)
                filled = max(0, count)
            }
            if count <= 0 { return bytes }
        }
        throw JSONError(.tooLarge, at: JSONLimits.standard.bytesMax)
    }
}
