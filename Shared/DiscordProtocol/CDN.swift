package import Base

/// Addresses of images. Discord's documentation, "Image Formatting".
package struct CDN: Sendable, Equatable {
    package let base: String
    /// Whether the address holds what a JSON string has to escape.
    package let needsEscapes: Bool

    /// `DISCORD_CDN_BASE`, with or without a slash at its end.
    package init(base: String) {
        var base = base[...]
        while base.hasSuffix("/") { base = base.dropLast() }
        self.base = String(base)
        needsEscapes = base.utf8.contains { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }
    }

    /// The user's avatar, or the default one that Discord shows instead.
    package func avatar(user: Snowflake, hash: String?, discriminator: String? = nil) -> String {
        guard let hash, Self.isPlain(hash) else {
            return "\(base)/embed/avatars/\(Self.defaultAvatar(user, discriminator)).png"
        }
        var url = base
        url.reserveCapacity(base.utf8.count + hash.utf8.count + 40)
        url += "/avatars/"
        url += user.description
        url += "/"
        url += hash
        url += ".png"
        return url
    }

    /// The avatar that the user has in one guild only.
    package func memberAvatar(guild: Snowflake, user: Snowflake, hash: String) -> String? {
        Self.isPlain(hash) ? "\(base)/guilds/\(guild)/users/\(user)/avatars/\(hash).png" : nil
    }

    package func guildIcon(_ guild: Snowflake, hash: String?) -> String? {
        guard let hash, Self.isPlain(hash) else { return nil }
        return "\(base)/icons/\(guild)/\(hash).png"
    }

    /// By user id; by discriminator for the accounts that still have one.
    package static func defaultAvatar(_ user: Snowflake, _ discriminator: String?) -> UInt64 {
        if let number = discriminator.flatMap({ UInt64(decimal: $0.utf8) }), number > 0 { return number % 5 }
        return (user.rawValue >> 22) % 6
    }

    /// Hashes go into addresses as they are, so they hold nothing that means something there.
    private static func isPlain(_ hash: String) -> Bool {
        let bytes = hash.utf8.span
        guard 1...64 ~= bytes.count else { return false }
        for index in 0..<bytes.count {
            let byte = bytes[index]
            guard 0x61...0x7A ~= byte | 0x20 || 0x30...0x39 ~= byte || byte == 0x5F else { return false }
        }
        return true
    }
}
