import Configuration
import Lifecycle

@main struct App {
    static func main() {
        runService("web") {
            let config = try WebConfig(environment: Environment.process)
            return try await WebService.build(config)
        }
    }
}
