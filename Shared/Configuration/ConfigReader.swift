package import Base

/// Reads settings from an environment and gathers every problem, so that people mend them all at once.
///
/// A setting NAME may be given as a file instead, `NAME_FILE=/run/secrets/name`; both at once is a problem. An empty
/// value counts as not set, as docker compose passes unset variables. A reading that fails returns a stand-in; call
/// `finish()` before using any of them.
///
///     var reader = ConfigReader(environment: Environment.process)
///     port = reader.port("WEB_PORT", default: 8080)
///     token = reader.requiredSecret("LINK_TOKEN")
///     try reader.finish()
package struct ConfigReader {
    private let environment: [String: String]
    private var problems: [ConfigurationError.Problem] = []
    /// Settings whose file is already complained about; they are not called missing too.
    private var unreadable: Set<String> = []

    package init(environment: [String: String]) { self.environment = environment }

    /// Notes a problem that only the service can see, such as two settings that contradict each other.
    package mutating func fail(_ name: String, _ problem: String) {
        problems.append(ConfigurationError.Problem(name: name, text: problem))
    }

    /// Throws when anything was wrong.
    package func finish() throws(ConfigurationError) {
        guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
    }

    // MARK: Text

    package mutating func optional(_ name: String) -> String? { value(name) }

    package mutating func string(_ name: String, default fallback: String) -> String {
        value(name) ?? fallback
    }

    package mutating func required(_ name: String) -> String {
        if let value = value(name) { return value }
        failMissing(name)
        return ""
    }

    /// Parts between commas, without blanks around them; empty parts are left out.
    package mutating func list(_ name: String, default fallback: [String] = []) -> [String] {
        value(name).map(Self.parts) ?? fallback
    }

    private static func parts(of text: String) -> [String] {
        text.split(separator: ",").map(trimmed).filter { !$0.isEmpty }
    }

    // MARK: Secrets

    package mutating func secret(_ name: String) -> Secret? { value(name).map { Secret($0) } }

    package mutating func requiredSecret(_ name: String) -> Secret { Secret(required(name)) }

    /// Several secrets between commas, for rotation: all of them are valid.
    package mutating func secretList(_ name: String) -> [Secret] { list(name).map { Secret($0) } }

    /// As `secretList`, with one of them at least, and none of fewer bytes than `bytesMin`.
    package mutating func requiredSecretList(_ name: String, bytesMin: Int) -> [Secret] {
        guard let text = value(name) else {
            failMissing(name)
            return []
        }
        let secrets = Self.parts(of: text).map { Secret($0) }
        if secrets.isEmpty || secrets.contains(where: { $0.count < bytesMin }) {
            let example = "such as `openssl rand -hex 32` prints"
            fail(
                name,
                "must be random text of \(bytesMin) bytes or more, \(example); or several, between commas"
            )
        }
        return secrets
    }

    // MARK: Finding a value

    /// The value of NAME or of the file that NAME_FILE names; nil when neither is set or it is empty.
    mutating func value(_ name: String) -> String? {
        let direct = environment[name].flatMap { $0.isEmpty ? nil : $0 }
        let fileName = "\(name)_FILE"
        guard let path = environment[fileName], !path.isEmpty else { return direct }
        guard direct == nil else {
            // The stand-in is the direct value, so that the setting is not called missing as well.
            fail(name, "is set twice, directly and by \(fileName); use one")
            return direct
        }
        do throws(Environment.FileError) {
            let text = try Environment.readFile(path)
            guard text.isEmpty else { return text }
            unreadable.insert(name)
            fail(fileName, "names an empty file, \(Self.quoted(path))")
            return nil
        } catch {
            unreadable.insert(name)
            switch error {
            case .unreadable(let why): fail(fileName, "cannot be read from \(Self.quoted(path)): \(why)")
            case .tooLarge: fail(fileName, "names a file above \(Environment.fileBytesMax / 1024) KiB")
            case .notText: fail(fileName, "names a file that is not UTF-8 text")
            }
            return nil
        }
    }

    mutating func failMissing(_ name: String) {
        guard !unreadable.contains(name) else { return }
        fail(name, "is required and not set (nor is \(name)_FILE)")
    }

    /// Notes that a value is not what it should be. Shows it only when it stands in the environment itself and is
    /// short: what comes from a file is likely a secret.
    mutating func failValue(_ name: String, _ value: String, expected: String) {
        let shown = environment[name] == value && value.utf8.count <= 32
        fail(name, "must be \(expected)\(shown ? ", not \(Self.quoted(value))" : "")")
    }

    static func trimmed(_ text: some StringProtocol) -> String {
        var rest = Substring(text)
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }

    private static func quoted(_ text: String) -> String {
        "\"\(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : String($0) }.joined())\""
    }
}
