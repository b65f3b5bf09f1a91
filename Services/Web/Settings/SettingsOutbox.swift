internal import EventModels
internal import Lifecycle
internal import LinkProtocol
internal import PostgresClient
package import Telemetry

/// Tells the log of changed settings: a row says which version was told, so that a change is told though its replica ended in
/// between. Told twice it is told once, by the order's key.
package actor SettingsOutbox {
    private let store: SettingsStore
    private let orders: any OrderTaker
    private let book: SettingsBook
    private let log: Log
    private let told: Counter
    private let failed: Counter
    private let refused: Counter
    private let waiting: Gauge
    /// Events of which the log has it that they were refused.
    private var saidOf: Set<String> = []
    private var isSweeping = false
    private var isLoaded = false

    package init(
        _ store: SettingsStore,
        orders: any OrderTaker,
        book: SettingsBook,
        metrics: Metrics,
        log: Log
    ) {
        self.store = store
        self.orders = orders
        self.book = book
        self.log = log
        told = metrics.counter(
            "guildwire_web_settings_told_total",
            help: "Changes of settings that the log was told."
        )
        failed = metrics.counter(
            "guildwire_web_settings_failed_total",
            help:
                "Attempts to tell the log of changed settings that came to nothing, looks at the table among them."
        )
        refused = metrics.counter(
            "guildwire_web_settings_refused_total",
            help:
                "Events about changed settings that a gateway will never take, as one that is older will not."
        )
        waiting = metrics.gauge(
            "guildwire_web_settings_waiting",
            help: "Changes of settings that the log was not told yet, as far as one look sees."
        )
    }

    /// Tells what waits, once through. Nothing while another call does.
    package func sweep() async {
        guard !isSweeping else { return }
        isSweeping = true
        defer { isSweeping = false }
        do throws(PostgresError) {
            if !isLoaded {
                for (guild, settings) in try await store.all() { book.take(settings, of: guild) }
                isLoaded = true
            }
            let found = try await store.waiting()
            var left = found.count
            for one in found {
                let isTold = await tell(one)
                if isTold {
                    told.increment()
                    left -= 1
                } else {
                    failed.increment()
                }
                try await store.tried(one, isTold: isTold)
            }
            waiting.set(Double(left))
        } catch {
            failed.increment()
            log.debug("settings cannot be told", [.error: .error(error)])
        }
    }

    /// Whether the row has been told. Overlays ask again by themselves: a gateway that never tells them must not have the change
    /// told again and again.
    private func tell(_ waiting: SettingsStore.Waiting) async -> Bool {
        guard await carryOut(Self.order(waiting)) == .done else { return false }
        // Behind it: who is told to ask again finds the change.
        return await carryOut(Self.overlayOrder(waiting)) != .failed
    }

    private func carryOut(_ order: LinkOrder) async -> OrderOutcome {
        let outcome = await orders.carryOut(order)
        if case .refused(let reason) = outcome, case .emit(let event, _) = order.deed {
            refused.increment()
            // Once for each of the two: what is refused is so until somebody updates the gateway.
            if saidOf.insert(event).inserted {
                log.warning(
                    "a gateway refuses an event: is it older than this service?",
                    [.event: .string(event), .reason: .string(reason)]
                )
            }
        }
        return outcome
    }

    private static func overlayOrder(_ waiting: SettingsStore.Waiting) -> LinkOrder {
        OverlayDesk.updated(preset: nil, of: waiting.guild, number: waiting.numbered.version)
    }

    static func order(_ waiting: SettingsStore.Waiting) -> LinkOrder {
        LinkOrder(
            .emit(
                event: EventKind.settingsUpdated.rawValue,
                payload: waiting.numbered.payload(by: waiting.by)
            ),
            guild: waiting.guild,
            key: "settings-\(waiting.guild)-\(waiting.numbered.version)"
        )
    }
}

/// Looks after the outbox for as long as the replica lives.
package struct SettingsKeeper: Service {
    private let outbox: SettingsOutbox?

    package static let interval = Duration.seconds(5)

    /// Nil: nothing is stored, so there is nothing to tell.
    package init(_ outbox: SettingsOutbox?) { self.outbox = outbox }

    package func run() async throws {
        while !Task.isCancelled {
            await outbox?.sweep()
            do { try await Task.sleep(for: Self.interval) } catch { break }
        }
    }
}
