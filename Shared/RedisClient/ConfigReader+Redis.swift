package import Configuration

extension ConfigReader {
    /// A Redis by its address; nil where the setting is not there or, with a problem told, no address. The address may hold a
    /// password: only what is wrong with it is said.
    package mutating func redis(_ name: String) -> RedisConfig? {
        guard let url = optional(name) else { return nil }
        return redis(name, url)
    }

    /// The same where it has to be there.
    package mutating func requiredRedis(_ name: String) -> RedisConfig? {
        let url = required(name)
        return url.isEmpty ? nil : redis(name, url)
    }

    private mutating func redis(_ name: String, _ url: String) -> RedisConfig? {
        do throws(RedisURLError) {
            return try RedisConfig(url: url)
        } catch {
            fail(name, error.problem)
            return nil
        }
    }
}
