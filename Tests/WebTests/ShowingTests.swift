import Base
import EventModels
import Testing
import Web

/// Who is shown the kinds that ask for more, or for less, than to see a channel.
@Suite struct ShowingTests {
    private static let channel = Snowflake(20)
    private static let member = Sight(isMember: true, channels: [channel: [.view, .text, .history]])
    private static let stranger = Sight.nothing

    private static func event(_ kind: EventKind, channel: String = #""20""#) -> DeliverableEvent {
        DeliverableEvent(
            Guild.event(11, kind, #"{"channelId":\#(channel),"userId":"7","eventId":"9"}"#)
        )
    }

    private static func isShown(_ event: DeliverableEvent, to sight: Sight, isReplay: Bool = false) -> Bool {
        event.view(before: sight, after: sight, isReplay: isReplay) != nil
    }

    @Test func `what is internal is shown to nobody, whatever they may do`() {
        let all = Sight(
            isMember: true,
            channels: [Self.channel: [.view, .text, .history, .manage]],
            rights: .all
        )
        for kind in EventKind.allCases where kind.audience == .internal {
            let event = Self.event(kind)
            #expect(event.showing == .nobody && event.envelope.isEmpty, "\(kind.rawValue)")
            #expect(!Self.isShown(event, to: all), "\(kind.rawValue)")
        }
    }

    @Test(arguments: [
        (EventKind.memberBanned, Permissions.banMembers), (.memberUnbanned, .banMembers),
        (.automodExecuted, .manageGuild), (.automodRuleCreated, .manageGuild),
        (.automodRuleUpdated, .manageGuild), (.automodRuleDeleted, .manageGuild),
        (.auditLogged, .viewAuditLog),
    ])
    func `what needs a right in the guild is shown to who has it on both sides of it, and to nobody else`(
        kind: EventKind,
        right: Permissions
    ) {
        let event = Self.event(kind)
        let entitled = Sight(isMember: true, channels: [:], rights: right)
        let others = Sight(
            isMember: true,
            channels: Self.member.channels,
            rights: Permissions.all.subtracting(right)
        )
        #expect(Self.isShown(event, to: entitled) && Self.isShown(event, to: entitled, isReplay: true))
        #expect(!Self.isShown(event, to: others) && !Self.isShown(event, to: Self.member))
        #expect(!Self.isShown(event, to: Self.stranger))
        #expect(event.view(before: Self.member, after: entitled) == nil, "just got it")
        #expect(event.view(before: entitled, after: Self.member) == nil, "just lost it")
    }

    @Test(arguments: [EventKind.inviteCreated, .inviteDeleted])
    func `an invitation is shown to who manages its channel`(kind: EventKind) {
        let event = Self.event(kind)
        let manager = Sight(isMember: true, channels: [Self.channel: [.view, .manage]])
        let elsewhere = Sight(
            isMember: true,
            channels: [Self.channel: .view, Snowflake(21): [.view, .manage]]
        )
        #expect(Self.isShown(event, to: manager))
        #expect(!Self.isShown(event, to: elsewhere) && !Self.isShown(event, to: Self.member))
    }

    @Test func `no kind asks for a right that sights do not know`() {
        for kind in EventKind.allCases where kind.audience != .internal {
            #expect(Self.event(kind).showing != .nobody, "\(kind.rawValue)")
        }
    }

    @Test func `a scheduled event is shown where its channel is seen; without one to every member`() {
        let blind = Sight(isMember: true, channels: [:])
        let here = Self.event(.scheduledEventUpdated)
        #expect(Self.isShown(here, to: Self.member) && !Self.isShown(here, to: blind))
        let elsewhere = Self.event(.scheduledEventUpdated, channel: "null")
        #expect(Self.isShown(elsewhere, to: Self.member) && Self.isShown(elsewhere, to: blind))
        #expect(!Self.isShown(elsewhere, to: Self.stranger))
        // Nothing is said of the channel: to nobody, rather than to all.
        let unsaid = DeliverableEvent(Guild.event(11, .scheduledEventUpdated, #"{"eventId":"9"}"#))
        let wrong = Self.event(.scheduledEventUpdated, channel: "[]")
        #expect(unsaid.showing == .nobody && wrong.showing == .nobody)
    }

    @Test func `votes, pins and typing are shown as what is written; a stage and a call as the channel`() {
        let deaf = Sight(isMember: true, channels: [Self.channel: .view])
        for kind in [EventKind.pollVoted, .pollUnvoted, .channelPins, .typingStarted] {
            let event = Self.event(kind)
            #expect(
                Self.isShown(event, to: Self.member) && !Self.isShown(event, to: deaf),
                "\(kind.rawValue)"
            )
        }
        for kind in [EventKind.stageStarted, .stageEnded, .channelStatus, .channelCall] {
            #expect(Self.isShown(Self.event(kind), to: deaf), "\(kind.rawValue)")
        }
    }

    @Test func `typing is shown as it happens, and in no replay`() {
        let typing = Self.event(.typingStarted)
        #expect(
            Self.isShown(typing, to: Self.member) && !Self.isShown(typing, to: Self.member, isReplay: true)
        )
        let vote = Self.event(.pollVoted)
        #expect(Self.isShown(vote, to: Self.member, isReplay: true))
        let same = DeliverableEvent(typing, showing: typing.showing)
        #expect(!Self.isShown(same, to: Self.member, isReplay: true))
    }
}
