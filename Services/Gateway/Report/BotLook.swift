internal import Base
internal import EventLoop
internal import Lifecycle
internal import LinkProtocol
internal import Telemetry

/// Asks Discord now and then how the bot's application is called and which privileged intents are switched on, once it takes the
/// token. One request in 5 minutes; in 15 seconds while an intent is off, since somebody is perhaps about to switch it on.
struct BotLook: Service {
    let rest: DiscordREST
    let bot: BotStatus
    let log: Log

    private static let interval = Duration.seconds(300)
    private static let hurried = Duration.seconds(15)
    /// Between two looks whether the token was taken.
    private static let tokenInterval = Duration.milliseconds(250)

    func run() async throws {
        var backoff = Backoff(base: .seconds(1), limit: .seconds(60))
        while true {
            guard bot.facts.token == .accepted else {
                try await Task.sleep(for: Self.tokenInterval)
                continue
            }
            var wait = Self.interval
            do throws(DiscordREST.Failure) {
                bot.know(try await rest.application())
                backoff.reset()
                if bot.facts.intents(refusals: []).off != [] { wait = Self.hurried }
            } catch {
                if case .unauthorized = error { bot.know(token: .refused) }
                log.debug("Discord does not say how the application is", [.reason: .error(error)])
                wait = max(.seconds(1), backoff.next(random: RandomSource.unit()))
            }
            try await Task.sleep(for: wait)
        }
    }
}
