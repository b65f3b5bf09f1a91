import Base
import HTTPServer
import HTTPWire

/// What the tool is told on its command line.
struct Arguments {
    enum Mode {
        case webSocketEcho(port: Int)
        case webSocketClient(url: String, agent: String)
        case httpEcho(port: Int, HTTPEcho.Options)
        case json(file: String)
    }

    let mode: Mode

    struct Unusable: Error, CustomStringConvertible { let description: String }

    static let usage = """
        usage: Conformance ws-echo --port P
                   our WebSocket server on every path: sends each message back
               Conformance ws-client URL --agent A
                   our WebSocket client: runs every case of the fuzzing server at URL
               Conformance http-echo --port P [--files FOLDER] [--connections-max N] [--body-bytes-max N]
                                     [--head-timeout MS] [--body-timeout MS] [--idle-timeout MS]
                                     [--write-timeout MS] [--patience MS]
                   our HTTP server: GET / is 200, any POST gets its body back; GET /later answers after a moment,
                   GET /pieces in chunks, GET /large with 8 MiB, GET /files/… from FOLDER
               Conformance json FILE
                   our JSON reader: exit status 0 when the file is a JSON text, 1 when it is not
        The servers listen on the loopback interface and print their port, which the kernel chooses when P is 0.
        """

    init(_ words: [String]) throws {
        guard words.count >= 2 else { throw Unusable(description: "a mode and its arguments are needed") }
        let rest = words.dropFirst()
        switch words[0] {
        case "json" where rest.count == 1: mode = .json(file: words[1])
        case "ws-client":
            let options = try Self.options(rest.dropFirst())
            guard let agent = options["--agent"], options.count == 1 else {
                throw Unusable(description: "ws-client needs --agent, and nothing else")
            }
            mode = .webSocketClient(url: words[1], agent: agent)
        case "ws-echo":
            var options = try Self.options(rest)
            mode = .webSocketEcho(port: try Self.port(&options))
            try Self.refuse(options)
        case "http-echo":
            var options = try Self.options(rest)
            let port = try Self.port(&options)
            mode = .httpEcho(port: port, try Self.httpOptions(&options))
            try Self.refuse(options)
        default: throw Unusable(description: "\(words[0]) is not known, or its arguments are not")
        }
    }

    private static func httpOptions(_ options: inout [String: String]) throws -> HTTPEcho.Options {
        var chosen = HTTPEcho.Options()
        chosen.files = options.removeValue(forKey: "--files")
        func number(_ name: String) throws -> Int? {
            guard let text = options.removeValue(forKey: name) else { return nil }
            return try Self.number(text, 0...Int(Int32.max))
        }
        if let count = try number("--connections-max") { chosen.limits.connectionsMax = count }
        if let count = try number("--body-bytes-max") { chosen.limits.wire.bodyBytesMax = count }
        if let time = try number("--head-timeout") { chosen.limits.headTimeout = .milliseconds(time) }
        if let time = try number("--body-timeout") { chosen.limits.bodyTimeout = .milliseconds(time) }
        if let time = try number("--patience") { chosen.limits.patience = .milliseconds(time) }
        if let time = try number("--idle-timeout") { chosen.limits.idleTimeout = .milliseconds(time) }
        if let time = try number("--write-timeout") { chosen.limits.writeTimeout = .milliseconds(time) }
        return chosen
    }

    private static func options(_ words: ArraySlice<String>) throws -> [String: String] {
        var options: [String: String] = [:]
        var rest = words
        while let name = rest.popFirst() {
            guard name.hasPrefix("--"), let value = rest.popFirst() else {
                throw Unusable(description: "\(name) needs a value")
            }
            options[name] = value
        }
        return options
    }

    private static func refuse(_ options: [String: String]) throws {
        if let name = options.keys.sorted().first { throw Unusable(description: "\(name) is not known") }
    }

    private static func port(_ options: inout [String: String]) throws -> Int {
        guard let text = options.removeValue(forKey: "--port") else {
            throw Unusable(description: "--port is needed")
        }
        return try number(text, 0...65_535)
    }

    private static func number(_ text: String, _ range: ClosedRange<Int>) throws -> Int {
        guard let number = UInt64(decimal: text.utf8), let number = Int(exactly: number),
            range.contains(number)
        else {
            throw Unusable(
                description: "\(text) is not a number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }
}
