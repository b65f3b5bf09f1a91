internal import Configuration
internal import Lifecycle

@main struct App {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard !arguments.contains("--help") else { return print(SimulatorConfig.usage) }
        runService("simulator") {
            let config = try SimulatorConfig(arguments: arguments, environment: Environment.process)
            return [try SimulatorService(config)]
        }
    }
}
