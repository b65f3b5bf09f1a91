import DiscordProtocol
import EventModels
import Gateway
import JSON
import Testing

/// The short way of a live dispatch leads where the long one does.
@Suite struct LiveDispatchTests {
    private static let data = #"""
        {"id":"10","application_id":"5","token":"t","type":2,"version":1,"guild_id":"800","channel_id":"1","user":{"id":"12",
        "username":"u"},"user_id":"12","message_id":"7","ids":["7"],"author":{"id":"12","username":"u"},"content":"c","emoji":
        {"name":"e"},"status":"idle","roles":[],"role":{"id":"20","name":"r","permissions":"0"},"role_id":"20","members":[]}
        """#

    @Test(arguments: DispatchKind.allCases) func `a live dispatch is taken alike on both ways`(
        kind: DispatchKind
    ) throws {
        // One is sampled for fields that are not known, one is not; one lacks what it needs.
        for (sequence, data) in [(64, Self.data), (65, Self.data), (65, "{}")] {
            let text = #"{"op":0,"s":\#(sequence),"t":"\#(kind.rawValue)","d":\#(data)}"#
            let payload = try GatewayPayload(parsing: Array(text.utf8))
            var long = MachineFixture()
            try long.connect()
            long.linked()
            var short = long
            long.unflushed = []
            (long.isDiskQuick, short.isDiskQuick) = (false, false)
            long.run { $0.received(payload, at: $1) }
            if let record = short.machine.receivedLive(payload, wall: short.wall) {
                #expect(long.unflushed == [record], "\(kind)")
                #expect(
                    long.actions.count == short.actions.count + 2,
                    "\(kind): a note and a record, nothing else"
                )
            } else {
                short.run { $0.received(payload, at: $1) }
                #expect(long.unflushed == short.unflushed, "\(kind)")
            }
            #expect(long.machine.gateway.session == short.machine.gateway.session, "\(kind)")
            #expect(long.machine.appended == short.machine.appended, "\(kind)")
            #expect(long.machine.pendingBytes == short.machine.pendingBytes, "\(kind)")
            #expect(long.machine.deadline == short.machine.deadline, "\(kind)")
        }
    }
}
