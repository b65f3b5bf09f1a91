import EventLoop
import EventModels
import Web

/// The kernel's side of one stream: takes what fits, and carries it to a reader who may be slow.
final class ViewerSocket {
    private unowned let world: World
    private let wire: Wire
    private let capacity: Int
    /// Bytes in a second; nil: at once.
    private let rate: Int?
    private let deliver: ([UInt8]) -> Void
    private var held: [UInt8] = []
    private var isDraining = false
    var whenRoom: (() -> Void)?
    /// Told which cursors the replica can go on from, and how far it has come.
    var admitted: (_ floor: EventID?, _ position: EventID?) -> Void = { _, _ in }
    /// The reader was ever without room.
    private(set) var wasFull = false

    init(
        _ world: World,
        _ wire: Wire,
        capacity: Int,
        rate: Int?,
        deliver: @escaping ([UInt8]) -> Void
    ) {
        self.world = world
        self.wire = wire
        self.capacity = capacity
        self.rate = rate
        self.deliver = deliver
    }

    var isOpen: Bool { wire.isOpen(at: .server) }
    var isFull: Bool { held.count >= capacity }

    /// Nil when the peer is gone.
    func take(_ bytes: [UInt8]) -> Int? {
        guard isOpen else { return nil }
        guard rate != nil else {
            push(bytes)
            return bytes.count
        }
        let count = min(bytes.count, capacity - held.count)
        if count < bytes.count { wasFull = true }
        held += bytes.prefix(count)
        drain()
        return count
    }

    /// Past the bound; for farewells.
    func push(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        wire.send(from: .server) { [deliver] in deliver(bytes) }
    }

    private func drain() {
        guard let rate, !isDraining, !held.isEmpty else { return }
        isDraining = true
        world.after(100_000) { [weak self] in
            guard let self else { return }
            isDraining = false
            let portion = Array(held.prefix(world.isHealed ? held.count : max(1, rate / 10)))
            held.removeFirst(portion.count)
            push(portion)
            if let action = whenRoom {
                whenRoom = nil
                action()
            }
            drain()
        }
    }

    func close() { wire.close(from: .server) }
}

/// Descriptors and the sockets behind them; numbers come again, as a kernel's do.
final class SocketBook: ViewerOutput {
    private var sockets: [ViewerSocket?] = []

    subscript(descriptor: CInt) -> ViewerSocket? {
        Int(descriptor) < sockets.count ? sockets[Int(descriptor)] : nil
    }

    func add(_ socket: ViewerSocket) -> CInt {
        if let free = sockets.firstIndex(where: { $0 == nil }) {
            sockets[free] = socket
            return CInt(free)
        }
        sockets.append(socket)
        return CInt(sockets.count - 1)
    }

    func remove(_ descriptor: CInt) {
        if Int(descriptor) < sockets.count { sockets[Int(descriptor)] = nil }
    }

    func descriptor(of socket: ViewerSocket) -> CInt? {
        sockets.firstIndex { $0 === socket }.map(CInt.init)
    }

    func send(
        _ descriptor: CInt,
        _ storage: borrowing [UInt8],
        _ first: Range<Int>,
        _ second: Range<Int>
    ) -> SocketIO.Sent {
        let bytes = Array(storage[first]) + Array(storage[second])
        guard let socket = self[descriptor] else { return .gone }
        guard !bytes.isEmpty else { return .bytes(0) }
        return socket.take(bytes).map { .bytes($0) } ?? .gone
    }
}
