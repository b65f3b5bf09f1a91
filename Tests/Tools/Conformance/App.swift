import EventLoop
import Glibc
import HTTPServer
import JSON
import Lifecycle
import ServiceEndpoints

/// Puts our protocol code where suites of other people can reach it: see `Arguments.usage`.
@main struct App {
    static func main() {
        runProcess("conformance") {
            let arguments: Arguments
            do {
                arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
            } catch {
                print("\(error)\n\(Arguments.usage)")
                throw error
            }
            try await run(arguments)
        }
    }

    private static func run(_ arguments: Arguments) async throws {
        switch arguments.mode {
        case .json(let file): try validate(file)
        case .webSocketClient(let url, let agent): try await SuiteClient(url: url, agent: agent).run()
        case .webSocketEcho(let port): try await serve(WebSocketEcho.routes, limits: .standard, port: port)
        case .httpEcho(let port, let options):
            try await serve(HTTPEcho.routes(files: options.files), limits: options.limits, port: port)
        }
    }

    /// Throws, which ends the process with 1, when the file holds no JSON text.
    private static func validate(_ file: String) throws {
        do throws(JSONError) {
            _ = try JSONDocument(parsing: try InputFile.contents(of: file))
        } catch {
            print("\(file): \(error)")
            throw error
        }
    }

    private static func serve(_ routes: [Route], limits: HTTPServerLimits, port: Int) async throws {
        let server = HTTPServer(loop: try EventLoop(name: "conformance"), limits: limits, routes: routes)
        print(try await server.start(host: "127.0.0.1", port: port))
        // Whoever started us reads the port from a pipe.
        fflush(nil)
        await untilCancelled()
        await server.stop(drain: .seconds(1))
    }
}
