import Base
import EventModels
import Web

/// A stage with users: 7 has role 50, which sees channels 30 and 31; 8 has no role; 9 is no member.
enum SightStage {
    static let (seven, eight, nine) = (Snowflake(7), Snowflake(8), Snowflake(9))

    static func make(_ format: StreamFormat) -> Stage {
        var state = Guild.state()
        state.ownerID = Snowflake(1000)
        for id in [50, 51] as [UInt64] { state.roles[Snowflake(id)] = role(id) }
        for channel in [30, 31] {
            state.overwrites[Snowflake(UInt64(channel))]?.append(
                Overwrite(
                    id: Snowflake(50),
                    isMember: false,
                    allow: Permissions(rawValue: Guild.view),
                    deny: []
                )
            )
        }
        var stage = Stage(state, format: format)
        stage.members[seven] = MemberFacts(roles: [Snowflake(50)])
        stage.members[eight] = MemberFacts()
        return stage
    }

    private static func role(_ id: UInt64) -> Role {
        Role(id: Snowflake(id), name: "r", permissions: [], position: 1, color: 0)
    }

    static func user(_ id: UInt64, _ more: String = "") -> String {
        #"{"userId":"\#(id)","username":"u","displayName":"U","avatar":"","bot":false\#(more)}"#
    }

    static func overwrites(
        _ channel: UInt64,
        _ list: [(id: UInt64, type: Int, allow: UInt64, deny: UInt64)]
    )
        -> String
    {
        let all = list.map {
            #"{"id":"\#($0.id)","type":\#($0.type),"allow":"\#($0.allow)","deny":"\#($0.deny)"}"#
        }
        return #"{"channelId":"\#(channel)","overwrites":[\#(all.joined(separator: ","))]}"#
    }

    static func message(_ number: UInt64, in channel: UInt64) -> StreamEvent {
        Guild.event(number, .messageCreated, #"{"messageId":"\#(number)","channelId":"\#(channel)"}"#)
    }
}
