internal import Configuration
internal import EventLoop
internal import Lifecycle

/// The gateway: owns the bot's token, listens to Discord, makes events and hands them to the replicas that link to it.
@main struct App {
    static func main() {
        Memory.mapLargeBlocks()
        runService("gateway") {
            let config = try GatewayConfig(environment: Environment.process)
            return try GatewayService.build(config)
        }
    }
}
