package import EventBus
package import EventModels
package import PostgresClient

/// What pages of a log come to that are stored in one transaction: rows, entries that cannot be rows, and how far it reaches.
package struct Batch: Sendable {
    package let shard: ShardName
    /// The position that the first page was read behind; nil: the log's start.
    package let previous: EventID?
    /// The position once the batch is stored; nil while there is no entry.
    package private(set) var last: EventID?
    /// The log's top, as the last page saw it.
    package private(set) var top: EventID?
    /// Whether the log went on behind the last page.
    package private(set) var hasMore = false
    /// What is stored as rows of tables, in order.
    package private(set) var events: [StreamEvent] = []
    /// Those of them that have no binary form, and are inserted one by one.
    package private(set) var apart: [StreamEvent] = []
    package private(set) var deadLetters: [DeadLetter] = []
    /// Those whose text is not stored whatever is configured: their guild's rules leave it out.
    private var textless: Set<EventID> = []
    /// Events of kinds that are not kept.
    package private(set) var skipped = 0
    /// When the last event was made, in Unix milliseconds; 0 where no entry was an event.
    package private(set) var lastMade: Int64 = 0

    /// By `EventTable.place`.
    private var copies = [CopyRows](repeating: CopyRows(), count: EventTable.allCases.count)
    private var (entries, bytes) = (0, 0)
    private let place: RowPlace
    private let storesContent: Bool
    /// What is stored of each guild, behind the last entry.
    package private(set) var rules: StoringRules

    /// Most entries of one page: Redis does nothing else while it makes one, 2 µs for each.
    package static let pageMax = 2048
    /// Most entries of a batch.
    package static let entriesMax = 8192
    /// No page more once a batch holds so many bytes of envelopes: with the last page, at most `LogPage.bytesMax` more, or one
    /// larger entry.
    package static let bytesEnough = 4 << 20

    package init(
        of shard: ShardName,
        after previous: EventID?,
        storesContent: Bool,
        rules: StoringRules = StoringRules()
    ) {
        self.shard = shard
        self.previous = previous
        self.storesContent = storesContent
        self.rules = rules
        place = RowPlace(shard)
    }

    /// The position to read on from.
    package var position: EventID? { last ?? previous }
    package var isEmpty: Bool { entries == 0 }
    /// How many more entries it takes.
    package var room: Int { bytes >= Self.bytesEnough ? 0 : min(Self.pageMax, Self.entriesMax - entries) }

    /// Takes a page that was read behind `position`.
    package mutating func add(_ page: LogPage) {
        top = page.bounds.top
        hasMore = page.hasMore
        entries += page.entries.count
        for entry in page.entries {
            bytes += entry.envelope.count
            last = entry.id
            take(entry)
        }
    }

    private mutating func take(_ entry: LogEntry) {
        guard let event = entry.event else {
            let envelope = storesContent ? entry.envelope : nil
            deadLetters.append(
                DeadLetter(id: entry.id, name: nil, reason: "the entry is no event", envelope: envelope)
            )
            return
        }
        lastMade = event.ts
        rules.take(event)
        guard let table = event.kind.flatMap({ EventRow.table(of: $0) }),
            case let share = rules.share(of: event, table), share != .nothing
        else {
            skipped += 1
            return
        }
        if share == .withoutText { textless.insert(event.id) }
        do throws(RowProblem) {
            try append(event, table)
        } catch {
            refuse(event, error)
            return
        }
        events.append(event)
    }

    private mutating func append(_ event: StreamEvent, _ table: EventTable) throws(RowProblem) {
        copies[table.place].beginRow(table.columns.count)
        do throws(RowProblem) {
            try EventRow.write(
                event,
                table,
                place,
                storesContent: storesText(of: event),
                into: &copies[table.place]
            )
        } catch {
            copies[table.place].dropRow()
            guard error == .notForCopy else { throw error }
            apart.append(event)
        }
    }

    private mutating func refuse(_ event: StreamEvent, _ problem: RowProblem) {
        guard case .unfit(let reason) = problem else { return }
        deadLetters.append(
            DeadLetter(
                id: event.id,
                name: event.name,
                reason: reason,
                envelope: EventRow.keptEnvelope(of: event, storesContent: storesText(of: event))
            )
        )
    }

    /// Whether what was written in it may be stored.
    package func storesText(of event: StreamEvent) -> Bool { storesContent && !textless.contains(event.id) }

    /// Takes rules that were read anew, for what comes behind.
    package mutating func take(_ newer: StoringRules) { rules.take(newer) }

    /// The rows of a table for COPY.
    package func copy(of table: EventTable) -> CopyRows { copies[table.place] }
}

/// An entry that is not stored as what it is, and why.
package struct DeadLetter: Sendable, Equatable {
    package let id: EventID
    package let name: String?
    package let reason: String
    package let envelope: [UInt8]?
}
