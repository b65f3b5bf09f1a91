import Configuration
import Simulator
import Testing

@Suite struct ConfigTests {
    @Test func `reads flags in both forms`() throws {
        let config = try SimulatorConfig(arguments: [
            "--port", "0", "--rate=2.5", "--seed", "18446744073709551615", "--deny-intents", "256",
        ])
        #expect(config.port == 0 && config.rate == 2.5 && config.seed == .max)
        #expect(config.rules.deniedIntents == .guildPresences && config.guilds == 1)
    }

    @Test func `reports every problem at once`() throws {
        let wrong = ["--port", "70000", "--nonsense", "1", "--members", "x", "--token"]
        let error = #expect(throws: ConfigurationError.self) { _ = try SimulatorConfig(arguments: wrong) }
        #expect(error?.problems.map(\.name) == ["--port", "--nonsense", "--members", "--token"])
    }
}
