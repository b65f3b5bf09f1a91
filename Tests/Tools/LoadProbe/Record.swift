import EventModels

/// What all viewers received: for each event, when each viewer got it.
struct Record {
    private(set) var indices: [EventID: Int] = [:]
    private(set) var ids: [EventID] = []
    /// By viewer, by event: microseconds since `start`, or -1.
    private(set) var arrivals: [[Int32]]
    private(set) var repeated = 0
    private(set) var outOfOrder = 0
    private(set) var resets = 0
    private(set) var reconnects = 0
    /// The last id each viewer had before measuring and since.
    private var last: [EventID?]
    private var first: [EventID?]
    let start: Int64
    /// Viewer n is of group n modulo this.
    let groups: Int

    init(viewers: Int, groups: Int, start: Int64) {
        self.groups = groups
        arrivals = Array(repeating: [], count: viewers)
        last = Array(repeating: nil, count: viewers)
        first = Array(repeating: nil, count: viewers)
        self.start = start
    }

    mutating func took(_ block: StreamReader.Block, viewer: Int, at time: Int64) {
        guard let id = block.id else { return }
        switch block.name {
        case "snapshot", "reset":
            if block.name == "reset" { resets += 1 }
            if first[viewer] == nil { first[viewer] = id }
            last[viewer] = id
        case "":
            break  // The beat.
        default:
            tookEvent(id, viewer, Int32(clamping: time - start))
        }
    }

    private mutating func tookEvent(_ id: EventID, _ viewer: Int, _ time: Int32) {
        let index = indices[id] ?? ids.count
        if index == ids.count {
            ids.append(id)
            indices[id] = index
        }
        while arrivals[viewer].count <= index { arrivals[viewer].append(-1) }
        if arrivals[viewer][index] >= 0 { repeated += 1 } else { arrivals[viewer][index] = time }
        if let last = last[viewer], id < last { outOfOrder += 1 }
        last[viewer] = id
    }

    mutating func reconnected() { reconnects += 1 }

    /// Every viewer has had its snapshot.
    var allStarted: Bool { first.allSatisfy { $0 != nil } }

    /// The newest of the places where viewers began: each should have everything behind it.
    var commonStart: EventID? { first.compactMap { $0 }.max() }
}
