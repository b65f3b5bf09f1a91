/// Everything that is wrong with the settings, found in one reading. Its description is the report for people;
/// the process that cannot start for it exits 78 (EX_CONFIG of sysexits.h).
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    package struct Problem: Sendable, Equatable {
        /// The setting's name.
        package let name: String
        /// What is wrong and what it should be. Never holds a secret.
        package let text: String
    }

    package let problems: [Problem]

    package static let exitCode: Int32 = 78

    package var description: String {
        let width = problems.map(\.name.count).max() ?? 0
        let lines = problems.map { problem in
            "  \(problem.name)\(String(repeating: " ", count: width - problem.name.count))  \(problem.text)"
        }
        let count = problems.count == 1 ? "1 setting is" : "\(problems.count) settings are"
        return "\(count) missing or wrong:\n" + lines.joined(separator: "\n")
    }
}
