import Base
import EventLoop
import EventModels

/// All viewers and what they received, on one loop.
actor Audience {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private(set) var record: Record
    /// Instead of the record, where everything is kept for somebody else to compare.
    private(set) var transcript: Transcript?
    private var viewers: [Viewer] = []
    private var closing = false

    init(loop: EventLoop, viewers count: Int, groups: Int, transcript: Transcript? = nil) {
        self.loop = loop
        self.transcript = transcript
        record = Record(viewers: count, groups: groups, start: WallClock.unixMicroseconds())
    }

    /// Each group's viewers are spread over the addresses.
    func open(_ addresses: [(host: String, port: Int)], groups: [ViewerGroup], viewers count: Int) {
        viewers = (0..<count).map { number in
            let (host, port) = addresses[number / groups.count % addresses.count]
            let group = groups[number % groups.count]
            return Viewer(number: number, group: group, host: host, port: port, audience: self)
        }
        for viewer in viewers { viewer.connect() }
    }

    func close() {
        closing = true
        for viewer in viewers { viewer.close() }
    }

    nonisolated func connected(_ number: Int, after last: String) {
        let time = WallClock.unixMicroseconds() / 1000
        assumeIsolated { $0.transcript?.connected(number, after: last, at: time) }
    }

    nonisolated func took(_ blocks: [StreamReader.Block], viewer: Int) {
        let time = WallClock.unixMicroseconds()
        assumeIsolated { audience in
            for block in blocks {
                if audience.transcript == nil {
                    audience.record.took(block, viewer: viewer, at: time)
                } else {
                    audience.transcript?.took(block, viewer: viewer)
                }
            }
        }
    }

    nonisolated func gaveUp(_ number: Int, status: Int) {
        assumeIsolated { audience in
            audience.transcript?.gaveUp(number, status: status)
            audience.record.reconnected()
        }
    }

    nonisolated func ended(_ number: Int, retryMilliseconds: Int) {
        assumeIsolated { audience in
            guard !audience.closing else { return }
            audience.record.reconnected()
            audience.transcript?.ended(number)
            audience.loop.schedule(after: .milliseconds(retryMilliseconds)) {
                self.assumeIsolated { $0.viewers[number].connect() }
            }
        }
    }
}
