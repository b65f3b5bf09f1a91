import Base
import EventModels
import HTTPWire

/// What goes through the hot paths: the same bytes in each run, but for a number.
enum Samples {
    static let guildCreate = #"""
        {"op":0,"s":1,"t":"GUILD_CREATE","d":{"id":"800","name":"Guard","icon":null,"owner_id":"11","member_count":2,"large":false,
        "roles":[{"id":"800","name":"@everyone","permissions":"1024","position":0,"color":0}],
        "channels":[{"id":"1","type":0,"name":"text","position":0,"permission_overwrites":[]}],
        "members":[{"user":{"id":"11","username":"ann","discriminator":"0","global_name":"Ann","avatar":null},"nick":null,
        "roles":[],"pending":false}],"voice_states":[],"presences":[],"threads":[]}}
        """#

    static func message(_ number: Int) -> String {
        #"""
        {"op":0,"s":\#(number + 2),"t":"MESSAGE_CREATE","d":{"id":"\#(900_000 + number)","channel_id":"1","guild_id":"800","type":0,
        "author":{"id":"11","username":"ann","discriminator":"0","global_name":"Ann","avatar":null},
        "member":{"nick":null,"roles":[],"pending":false},"content":"A message of some length, as people write them.",
        "timestamp":"2026-11-21T06:00:00.000000+00:00","edited_timestamp":null,"tts":false,"mention_everyone":false,
        "mentions":[],"mention_roles":[],"attachments":[],"embeds":[],"pinned":false}}
        """#
    }

    static func frame(_ number: Int) -> EventFrame {
        let id = EventID(epoch: 1_732_147_200_123, number: UInt64(number + 1))
        let payload = #"""
            {"messageId":"\#(900_000 + number)","channelId":"1","channelName":"text","userId":"11","username":"ann",\#
            "displayName":"Ann","bot":false,"content":"A message of some length, as people write them."}
            """#
        return EventFrame(
            shard: .only,
            prev: number == 0 ? nil : EventID(epoch: id.epoch, number: id.number - 1),
            events: [
                StreamEvent(
                    id: id,
                    kind: .messageCreated,
                    guild: Snowflake(800),
                    ts: 1_732_147_200_150,
                    payload: Array(payload.utf8)
                )
            ]
        )
    }

    static func request(cookie: String) -> String {
        """
        GET /api/stream?guild=800&events=voice.*,message.* HTTP/1.1\r
        Host: guildwire.example\r
        User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r
        Accept: text/event-stream\r
        Accept-Language: en-US,en;q=0.5\r
        Accept-Encoding: gzip, deflate, br\r
        Cookie: theme=dark; \(cookie)\r
        Connection: keep-alive\r
        Cache-Control: no-cache\r
        \r

        """
    }

    static let responseHeaders: HTTPHeaders = [
        "Content-Type": "text/event-stream", "Cache-Control": "no-cache, no-transform",
        "X-Accel-Buffering": "no",
    ]
}
