package import Base
import EventModels
import JSON
internal import LinkProtocol
package import Telemetry

/// Tells overlays, by the log, that what they keep to was changed, or that somebody wants to see a sample.
package final class OverlayDesk: Sendable {
    package enum Sample: String, Sendable, CaseIterable { case message, member, milestone, voice }

    /// What came of a wish for a sample.
    package enum Tested: Sendable { case told, tooMany, nobodyAnswers }

    /// Changes that are being told. One more is not: overlays ask each minute anyhow.
    package static let tellingMax = 64
    /// Samples of a guild, at one replica; guilds that are counted.
    package static let samples = LimitPolicy("overlay-tests", 30, perSeconds: 60)
    /// Changes of a guild's presets that are told, at one replica: each is remembered by the gateway and asked for by every
    /// overlay of the guild.
    package static let changes = LimitPolicy("overlay-updates", 120, perSeconds: 60)
    private static let guildsMax = 10_000

    private struct State {
        var telling = 0
        var tests = LocalLimits(countersMax: OverlayDesk.guildsMax)
        var changes = LocalLimits(countersMax: OverlayDesk.guildsMax)
    }

    private let orders: (any OrderTaker)?
    private let told: Counter
    private let failed: Counter
    private let state = Locked(State())

    package init(orders: (any OrderTaker)?, metrics: Metrics) {
        self.orders = orders
        told = metrics.counter(
            "guildwire_web_overlay_events_total",
            help: "Events for overlays, samples among them, that the log was told."
        )
        failed = metrics.counter(
            "guildwire_web_overlay_events_failed_total",
            help: "Events for overlays, samples among them, that the log was not told."
        )
    }

    /// Told once: where that fails overlays find it out by themselves, within ten minutes.
    /// `now` in Unix milliseconds.
    package func presetChanged(
        _ preset: OverlayPreset,
        of guild: Snowflake,
        isGone: Bool = false,
        now: Int64
    ) {
        let order = Self.updated(preset: preset.id, of: guild, number: preset.version + (isGone ? 1 : 0))
        let counter = LimitCounter(guild.description, Self.changes)
        let isRoom = state.withLock { state in
            guard state.telling < Self.tellingMax, state.changes.take([counter], now: now).refused == nil
            else {
                return false
            }
            state.telling += 1
            return true
        }
        guard isRoom else { return failed.increment() }
        // Outside of the request's task: who asked need not wait for the gateway.
        Task {
            _ = await tell(order)
            state.withLock { $0.telling -= 1 }
        }
    }

    /// Of a preset, or of the guild's settings where `preset` is nil. Told again it is told once.
    static func updated(preset: String?, of guild: Snowflake, number: Int64) -> LinkOrder {
        var json = JSONWriter()
        json.beginObject()
        json.member("preset", preset)
        json.endObject()
        return LinkOrder(
            .emit(event: EventKind.overlayUpdated.rawValue, payload: json.takeBytes()),
            guild: guild,
            key: "overlay-\(preset ?? guild.description)-\(number)"
        )
    }

    /// `key`: of this wish alone. `now` in Unix milliseconds.
    package func test(_ sample: Sample, of guild: Snowflake, by user: Snowflake, key: String, now: Int64)
        async -> Tested
    {
        let counter = LimitCounter(guild.description, Self.samples)
        guard state.withLock({ $0.tests.take([counter], now: now).refused == nil }) else { return .tooMany }
        var json = JSONWriter()
        json.beginObject()
        json.member("kind", sample.rawValue)
        json.member("by", user)
        json.endObject()
        let order = LinkOrder(
            .emit(event: EventKind.overlayTested.rawValue, payload: json.takeBytes()),
            guild: guild,
            key: "test-\(key)"
        )
        return await tell(order) ? .told : .nobodyAnswers
    }

    private func tell(_ order: LinkOrder) async -> Bool {
        let isTold = await orders?.carryOut(order) == .done
        (isTold ? told : failed).increment()
        return isTold
    }
}
