/// How long files, lines and functions may be.
enum Lengths {
    static let codeCharactersMax = 110
    /// Comments, and lines with a literal, which the formatter cannot break.
    static let textCharactersMax = 140
    static let fileLinesMax = 600
    /// Above this a file is listed when the tests run: it wants a reason.
    static let fileLinesListed = 350
    static let functionLinesMax = 60

    /// Files that may be longer: tables.
    static let longFiles: Set<String> = []

    /// Functions that are longer than the limit, with their lines. They may shrink and not grow; none come in new.
    static let longFunctions: [String: Int] = [:]

    static func longLines(in file: SourceFile) -> [Finding] {
        guard file.isSwift else { return [] }
        var isInLiteral = false
        return file.lines.enumerated().compactMap { number, line in
            guard line.utf8.count > codeCharactersMax || line.contains("\"\"\"") else { return nil }
            if line.contains("\"\"\"") { isInLiteral.toggle() }
            let isText = isInLiteral || line.contains("\"") || SourceFile.code(line).allSatisfy { $0 == " " }
            let limit = isText ? textCharactersMax : codeCharactersMax
            // An address cannot be broken.
            guard line.count > limit, !line.contains("https://") else { return nil }
            return Finding(
                path: file.path,
                line: number + 1,
                text: "\(line.count) characters, \(limit) at most"
            )
        }
    }

    static func tooLong(_ file: SourceFile) -> [Finding] {
        guard file.isSwift || file.path.hasSuffix(".js"), file.lineCount > fileLinesMax,
            !longFiles.contains(file.path)
        else { return [] }
        return [
            Finding(path: file.path, text: "\(file.lineCount) lines, \(fileLinesMax) at most: split by topic")
        ]
    }

    static func longFunctions(in file: SourceFile, allowed: [String: Int] = longFunctions) -> [Finding] {
        functions(in: file).compactMap { function in
            let limit = allowed["\(file.path) \(function.name)"] ?? functionLinesMax
            guard function.lines > limit else { return nil }
            let text = "\(function.name) has \(function.lines) lines, \(limit) at most"
            return Finding(path: file.path, line: function.start, text: text)
        }
    }

    struct Function: Equatable {
        let name: String
        /// The number of its first line.
        let start: Int
        let lines: Int
    }

    /// Functions with a body of more than one line. The formatter puts the closing brace under the first line, which
    /// is all this needs to know.
    static func functions(in file: SourceFile) -> [Function] {
        guard file.isSwift else { return [] }
        return file.lines.indices.compactMap { start in
            let line = file.lines[start]
            guard line.contains("func ") || line.contains("init") else { return nil }
            let code = SourceFile.code(line)
            guard let match = code.firstMatch(of: /^(\s*)([\w@() ]*\s)?(func [^(<]+|init\??|deinit)[(<\s]/),
                let end = end(of: start, indentation: String(match.1), in: file.lines)
            else { return nil }
            let name = match.3.hasPrefix("func ") ? match.3.dropFirst(5) : match.3
            return Function(name: String(name), start: start + 1, lines: end - start + 1)
        }
    }

    private static func end(of start: Int, indentation: String, in lines: [String]) -> Int? {
        var hasBody = false
        for index in start..<lines.count {
            let code = SourceFile.code(lines[index])
            if !hasBody {
                let trimmed = code.drop { $0 == " " }
                let isContinued =
                    index == start || code.hasPrefix("\(indentation) ") || ")-{w".contains(trimmed.prefix(1))
                // The next declaration came before a body: a requirement of a protocol.
                guard isContinued, !trimmed.isEmpty else { return nil }
                if code.hasSuffix("}"), code.contains("{") { return nil }
                hasBody = code.hasSuffix("{") || code.hasSuffix(" in")
            } else if lines[index] == "\(indentation)}" {
                return index
            }
        }
        return nil
    }
}
