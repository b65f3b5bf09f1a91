internal import Base
internal import EventLoop
internal import Glibc
internal import HTTPWire

/// Serves the files below one folder: with ETag, conditional requests, HEAD, single ranges, and text in gzip.
///
/// Nothing outside the folder is ever read: a request's path has no dot segments (the parser refuses them),
/// hidden names are not served, and where symbolic links lead is looked up before a file is opened. Files are
/// read whole, on the blocking pool, and the small ones kept while they do not change.
package struct StaticFiles: Sendable {
    /// A bigger file is answered with 404.
    package static let fileBytesMax = 16 << 20
    /// Bytes of files kept; what does not fit is read each time.
    package static let cacheBytesMax = 32 << 20

    private struct Stamp: Equatable {
        let inode: UInt64
        let size: Int
        let modified: Int64
    }

    private struct File {
        let stamp: Stamp
        let bytes: [UInt8]
        let tag: String
        /// The same in gzip, where that is worth it.
        let packed: [UInt8]?

        var weight: Int { bytes.count + (packed?.count ?? 0) }
    }

    private struct Cache {
        var files: [String: File] = [:]
        var bytes = 0
    }

    private let root: String
    private let cache = Locked(Cache())

    package init(root: String) { self.root = root }

    /// Answers GET and HEAD for `path`, relative to the root, as a route's `rest` gives it. A folder means
    /// its `index.html`. What is not there is 404.
    package func response(to request: HTTPRequest, path: String) async -> HTTPResponse {
        let file = try? await BlockingPool.shared.run { load(path) }
        guard let file = file ?? nil else { return .problem(status: 404) }
        return Self.response(file.file, path: file.path, request: request)
    }

    private struct Loaded: Sendable {
        let path: String
        let file: File
    }

    private static func response(_ file: File, path: String, request: HTTPRequest) -> HTTPResponse {
        let type = ContentType.of(path)
        let range = request.method == "GET" ? request.headers["range"] : nil
        // A part is one of the file as it is: whoever asks for parts has begun with that.
        let packed = range == nil && ContentCoding.acceptsGzip(request.headers) ? file.packed : nil
        // Another representation has another tag (RFC 9110 section 8.8.3).
        let tag = packed == nil ? file.tag : "\(file.tag.dropLast())-gzip\""
        var response = HTTPResponse(headers: [
            "ETag": tag, "Cache-Control": "no-cache", "Content-Type": type,
            "X-Content-Type-Options": "nosniff", "Accept-Ranges": "bytes",
        ])
        if ContentCoding.isText(type) { response.headers.add("Vary", "Accept-Encoding") }
        switch Conditions(request.headers, tag: tag) {
        case .failed: return .problem(status: 412)
        case .notModified:
            response.status = 304
            return response
        case .fulfilled: break
        }
        if let packed {
            response.headers.add("Content-Encoding", "gzip")
            response.body = .bytes(packed)
            return response
        }
        let condition = request.headers["if-range"]
        switch ByteRange(condition == nil || condition == tag ? range : nil, count: file.bytes.count) {
        case .whole: response.body = .bytes(file.bytes)
        case .part(let range):
            response.status = 206
            let content = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.bytes.count)"
            response.headers.add("Content-Range", content)
            response.body = .bytes(Array(file.bytes[range]))
        case .unsatisfiable:
            return .problem(status: 416).with("Content-Range", "bytes */\(file.bytes.count)")
        }
        return response
    }

    // MARK: The file system

    private func load(_ path: String) -> Loaded? {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        let isFolder = segments.last == ""
        for segment in isFolder ? segments.dropLast() : segments[...] {
            guard !segment.isEmpty, !segment.hasPrefix("."), !segment.utf8.contains(0) else { return nil }
        }
        guard let root = Self.resolved(root), let target = Self.resolved("\(root)/\(path)") else {
            return nil
        }
        guard target == root || target.hasPrefix(root == "/" ? "/" : root + "/") else { return nil }
        if let file = open(target) { return file }
        guard let index = Self.resolved(target + "/index.html"), index.hasPrefix(target + "/") else {
            return nil
        }
        return open(index)
    }

    /// The absolute path without symbolic links, or nil when it does not exist.
    private static func resolved(_ path: String) -> String? {
        guard let text = realpath(path, nil) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }

    /// Reads a regular file. `O_NOFOLLOW`: a link put in place after the path was resolved is not followed;
    /// `O_NONBLOCK`: a pipe is not waited for.
    private func open(_ path: String) -> Loaded? {
        let descriptor = Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = Glibc.close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        guard status.st_size <= Self.fileBytesMax else { return nil }
        let stamp = Stamp(
            inode: UInt64(status.st_ino),
            size: Int(status.st_size),
            modified: Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
        )
        if let kept = cache.withLock({ $0.files[path] }), kept.stamp == stamp {
            return Loaded(path: path, file: kept)
        }
        guard let bytes = Self.read(descriptor, count: stamp.size) else { return nil }
        let packed = ContentCoding.gzip(bytes, type: ContentType.of(path))
        let file = File(stamp: stamp, bytes: bytes, tag: Self.tag(of: bytes), packed: packed)
        keep(file, at: path)
        return Loaded(path: path, file: file)
    }

    private func keep(_ file: File, at path: String) {
        cache.withLock { cache in
            cache.bytes -= cache.files.removeValue(forKey: path)?.weight ?? 0
            guard cache.bytes + file.weight <= Self.cacheBytesMax else { return }
            cache.files[path] = file
            cache.bytes += file.weight
        }
    }

    private static func read(_ descriptor: CInt, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { Glibc.read(descriptor, $0 + filled, count - filled) } ?? -1
            }
            guard got > 0 else { return nil }
            filled += got
        }
        return bytes
    }

    /// A strong tag from the content alone, so that replicas agree: FNV-1a, 64 bits, and the length.
    private static func tag(of bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return "\"\(String(bytes.count, radix: 16))-\(String(hash, radix: 16))\""
    }
}
