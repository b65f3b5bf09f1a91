import Base
import EventLoop
import Glibc
import TestSupport
import Testing

/// Hears one end of a pipe, and counts how often.
private final class Ear: ReadinessHandler {
    let heard = Locked(0)
    private let loop: EventLoop
    private let ends: [CInt]
    private let staysAwake: Bool

    init(on loop: EventLoop, staysAwake: Bool = false) async throws {
        self.loop = loop
        self.staysAwake = staysAwake
        var ends: [CInt] = [-1, -1]
        try #require(pipe(&ends) == 0)
        self.ends = ends
        let heardEnd = ends[0]
        _ = try await on(loop) { try loop.register(descriptor: heardEnd, interest: .read, handler: self) }
    }

    deinit { for end in ends { close(end) } }

    func say() { _ = write(ends[1], [1], 1) }

    func ready(_ readiness: DescriptorEvents, on registration: Registration) {
        var bytes = [UInt8](repeating: 0, count: 16)
        _ = read(registration.descriptor, &bytes, bytes.count)
        heard.withLock { $0 += 1 }
        if staysAwake { loop.stayAwake() }
    }
}

@Suite struct LoopRestTests {
    private static let long = Duration.seconds(3600)

    /// Each is a turn of the loop.
    private func turns(_ count: Int, of loop: EventLoop) async throws {
        for _ in 0..<count { try await on(loop) {} }
    }

    @Test func `a loop that rests hears what comes first, and other threads and timers all the while`()
        async throws
    {
        let loop = try EventLoop(name: "test", rest: Self.long)
        defer { loop.stop() }
        let ear = try await Ear(on: loop)
        ear.say()
        try await eventually("the first to be heard") { ear.heard.withLock { $0 } == 1 }
        ear.say()
        try await turns(50, of: loop)
        await loop.pause(.milliseconds(1))
        try await turns(50, of: loop)
        #expect(ear.heard.withLock { $0 } == 1)
    }

    @Test func `behind its rest a loop hears what came meanwhile`() async throws {
        let loop = try EventLoop(name: "test", rest: .milliseconds(1))
        defer { loop.stop() }
        let ear = try await Ear(on: loop)
        for count in 1...50 {
            ear.say()
            try await eventually("\(count) to be heard") { ear.heard.withLock { $0 } == count }
        }
    }

    @Test func `a loop does not rest while there is more to read`() async throws {
        let loop = try EventLoop(name: "test", rest: Self.long)
        defer { loop.stop() }
        let ear = try await Ear(on: loop, staysAwake: true)
        for count in 1...50 {
            ear.say()
            try await eventually("\(count) to be heard") { ear.heard.withLock { $0 } == count }
        }
    }

    @Test(arguments: [Duration.zero, .microseconds(50), Self.long])
    func `nothing that other threads hand over is slept through`(rest: Duration) async throws {
        let loop = try EventLoop(name: "test", rest: rest)
        defer { loop.stop() }
        let ear = try await Ear(on: loop)
        let ran = Locked(0)
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    for round in 0..<500 {
                        if round % 50 == 0 { ear.say() }
                        loop.execute { ran.withLock { $0 += 1 } }
                        // Each is waited for now and then: a wake-up that is missed would hold it up for good.
                        if round % 10 == 0 { await loop.pause(.zero) }
                    }
                }
            }
        }
        try await eventually("all to run") { ran.withLock { $0 } == 2000 }
    }
}
