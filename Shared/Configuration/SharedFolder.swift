internal import Glibc

/// Where a service finds the files that come with it (pages, migrations).
package enum SharedFolder {
    /// `$GUILDWIRE_SHARE/<name>` when that is set; `../share/guildwire/<name>` beside the program where it was installed;
    /// else `sources`, below the working directory, as in a checkout.
    package static func path(
        of name: String,
        inSources sources: String,
        environment: [String: String]
    ) -> String {
        if let share = environment["GUILDWIRE_SHARE"], !share.isEmpty { return "\(share)/\(name)" }
        if let program = programFolder() {
            let installed = "\(program)/../share/guildwire/\(name)"
            if access(installed, R_OK) == 0 { return installed }
        }
        return sources
    }

    private static func programFolder() -> String? {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        guard count > 0 else { return nil }
        let text = String(decoding: path.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.lastIndex(of: "/").map { String(text[..<$0]) }
    }
}
