internal import Base
internal import JSON

/// The roles and channels that every simulated guild starts with.
enum GuildPlan {
    struct Ranks {
        let admin, moderator, member, vip, streamer, regular, artist, player, bot: Snowflake
    }

    /// Members that channels name: one has rooms of their own, one is let in where their role is not.
    struct Cast {
        let guest, exempt: Snowflake
    }

    /// Positions from the bottom; the ids are found again by name in `ranks`.
    private static let roles: [(name: String, color: Int, permissions: String, hoist: Bool)] = [
        ("Night Owl", 0x5B7DB1, "0", false), ("Player", 0x4FA36B, "0", false),
        ("Artist", 0xC46BB3, "0", false),
        ("Regular", 0xD9A441, "0", true), ("Member", 0x7F8FA6, "274881121280", false),
        ("Streamer", 0x9146FF, "512", true), ("VIP", 0xE6B800, "0", true),
        ("Moderator", 0x3BA7A0, "1116855282854", true),
        ("Guildwire", 0x5865F2, "8", false), ("Admin", 0xE0554E, "8", true),
    ]

    private enum Access {
        case everyone, readOnly
        /// Hidden from all but a role, or but one member.
        case staff, vip, guest
        /// Seen by all, entered by VIPs.
        case noConnect
        /// For members, none of whom reads what was said before they came. Hidden from everybody else: what cannot be read
        /// back is not replayed, and who looks without logging in should miss nothing.
        case noHistory
        /// Hidden from a role, but not from one member who has it.
        case notPlayers
    }

    private static let layout:
        [(category: String, channels: [(name: String, type: Int, access: Access, topic: String?)])] = [
            (
                "Welcome",
                [
                    ("rules", 0, .readOnly, "Be kind. That is most of it."),
                    ("announcements", 5, .readOnly, "News and plans"),
                    ("introductions", 0, .everyone, "Say hello"),
                ]
            ),
            (
                "Lounge",
                [
                    ("general", 0, .everyone, "Anything goes, within reason"),
                    ("pets-and-plants", 0, .everyone, nil),
                    ("music", 0, .everyone, "What are you listening to?"), ("food", 0, .everyone, nil),
                    ("passing-by", 0, .noHistory, "Who was not there missed it"),
                ]
            ),
            (
                "Games & Making",
                [
                    ("co-op", 0, .everyone, "Find a group"), ("clips", 0, .everyone, nil),
                    ("workshop", 0, .everyone, "Work in progress"),
                    ("surprise-party", 0, .notPlayers, "Not a word to the players"),
                ]
            ),
            (
                "Voice",
                [
                    ("Lounge", 2, .everyone, nil), ("Game Night", 2, .everyone, nil),
                    ("Co-working", 2, .everyone, nil),
                    ("Music Room", 2, .everyone, nil), ("Quiet Corner", 2, .everyone, nil),
                    ("Green Room", 2, .noConnect, nil),
                ]
            ),
            ("VIP", [("vip-lounge", 0, .vip, nil), ("VIP Voice", 2, .vip, nil)]),
            ("Visits", [("one-to-one", 0, .guest, nil), ("Sound Booth", 2, .guest, nil)]),
            (
                "Staff",
                [("staff-room", 0, .staff, "Not for everyone's eyes"), ("Staff Voice", 2, .staff, nil)]
            ),
        ]

    static func lay(out guild: inout Guild, bot: Snowflake, cast: Cast, newID: () -> Snowflake) {
        var everyone = Guild.plainRole(position: 0)
        everyone.set("id", guild.id)
        everyone.set("name", "@everyone")
        everyone.set("permissions", WorldBuilder.everyonePermissions)
        guild.setRole(guild.id, everyone)
        for (index, plan) in roles.enumerated() {
            let id = newID()
            guild.setRole(id, role(id, plan, position: index + 1, bot: bot))
        }
        let ranks = ranks(guild)
        var position = 0
        for (category, channels) in layout {
            let parent = newID()
            var fields = channel(parent, category, 4, position, nil)
            if let access = channels.first?.access, channels.allSatisfy({ $0.access == access }) {
                fields["permission_overwrites"] = overwrites(access, guild.id, ranks, cast)
            }
            guild.setChannel(parent, fields)
            position += 1
            for plan in channels {
                let id = newID()
                var fields = channel(id, plan.name, plan.type, position, parent)
                if let topic = plan.topic { fields.set("topic", topic) }
                fields["permission_overwrites"] = overwrites(plan.access, guild.id, ranks, cast)
                guild.setChannel(id, fields)
                position += 1
            }
        }
    }

    static func ranks(_ guild: Guild) -> Ranks {
        func find(_ name: String) -> Snowflake {
            for (id, role) in zip(guild.roles.ids, guild.roles.values) where role.string("name") == name {
                return id
            }
            return guild.id
        }
        return Ranks(
            admin: find("Admin"),
            moderator: find("Moderator"),
            member: find("Member"),
            vip: find("VIP"),
            streamer: find("Streamer"),
            regular: find("Regular"),
            artist: find("Artist"),
            player: find("Player"),
            bot: find("Guildwire")
        )
    }

    private static func role(
        _ id: Snowflake,
        _ plan: (name: String, color: Int, permissions: String, hoist: Bool),
        position: Int,
        bot: Snowflake
    ) -> JSONFields {
        var role = Guild.plainRole(position: position)
        role.set("name", plan.name)
        role.set("color", plan.color)
        role["colors"] = JSONText.object { writer in
            writer.member("primary_color", plan.color)
            writer.memberNull("secondary_color")
            writer.memberNull("tertiary_color")
        }
        role.set("hoist", plan.hoist)
        role.set("permissions", plan.permissions)
        role.set("id", id)
        guard plan.name == "Guildwire" else { return role }
        role.set("managed", true)
        role["tags"] = JSONText.object { $0.member("bot_id", bot) }
        return role
    }

    private static func channel(
        _ id: Snowflake,
        _ name: String,
        _ type: Int,
        _ position: Int,
        _ parent: Snowflake?
    ) -> JSONFields {
        var fields = Guild.plainChannel(position: position)
        fields.set("id", id)
        fields.set("type", type)
        fields.set("name", name)
        fields.set("parent_id", parent)
        if type == 2 {
            fields.set("bitrate", 64_000)
            fields.set("user_limit", 0)
            fields.setNull("rtc_region")
        }
        return fields
    }

    private static func overwrites(
        _ access: Access,
        _ guild: Snowflake,
        _ ranks: Ranks,
        _ cast: Cast
    ) -> [UInt8] {
        let hidden: Permissions = [.viewChannel, .connect]
        let overwrites: [Overwrite] =
            switch access {
            case .everyone: []
            case .readOnly: [Overwrite(role: guild, deny: .sendMessages)]
            case .staff:
                [Overwrite(role: guild, deny: hidden), Overwrite(role: ranks.moderator, allow: hidden)]
            case .vip: [Overwrite(role: guild, deny: hidden), Overwrite(role: ranks.vip, allow: hidden)]
            case .guest: [Overwrite(role: guild, deny: hidden), Overwrite(member: cast.guest, allow: hidden)]
            case .noConnect:
                [Overwrite(role: guild, deny: .connect), Overwrite(role: ranks.vip, allow: .connect)]
            case .noHistory:
                [
                    Overwrite(role: guild, deny: [.viewChannel, .readMessageHistory]),
                    Overwrite(role: ranks.member, allow: .viewChannel),
                ]
            case .notPlayers:
                [
                    Overwrite(role: ranks.player, deny: .viewChannel),
                    Overwrite(member: cast.exempt, allow: .viewChannel),
                ]
            }
        return JSONText.array(overwrites.map(\.json))
    }
}
