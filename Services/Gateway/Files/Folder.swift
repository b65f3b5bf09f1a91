internal import Glibc

/// A folder of files that are ours. Everything here blocks.
package struct Folder: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Names of what is in it, sorted; none where it is not there.
    package func names() -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { text in
                    unsafe String(cString: text)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// It need not be there.
    package func remove(_ name: String) { unsafe unlink(file(name)) }

    /// It has to be empty.
    package func removeItself() { unsafe rmdir(path) }

    /// Kept for people, out of the way of the next start.
    package func setAside(_ name: String) {
        unsafe rename(file(name), file(name) + ".unreadable")
    }

    /// Makes what was created, renamed and removed in it last.
    package func sync() {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
