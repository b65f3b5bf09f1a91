package import JSON

/// The members that Discord documents for the data of dispatches, of all kinds together: one that is not among them is
/// passed over like every member that nothing here reads, and counted, as it may mean that something is said anew.
package enum KnownFields {
    /// Looking costs as much as reading a small dispatch, so it is done for one in so many.
    package static let sampledOf: UInt64 = 64

    /// How many members of the dispatch's data have a name that is not documented; deeper ones are not looked at.
    package static func unknown(in data: JSONValue) -> Int {
        guard let members = data.object else { return 0 }
        return members.reduce(0) { names.contains($1.key) ? $0 : $0 + 1 }
    }

    /// Discord's documentation, "Gateway Events" and the objects that it names there, of August 2026.
    private static let names = Set(
        """
        action action_type actions activities activity added_members afk_channel_id afk_timeout alert_system_message_id
        animation_id animation_type answer_id app_permissions application application_id applied_tags
        approximate_member_count approximate_presence_count attachment_size_limit attachments author
        authorizing_integration_owners available_tags avatar avatar_decoration_data banner bitrate bot burst
        burst_colors call canceled_at channel channel_id channel_ids channel_type channels chunk_count chunk_index
        client_status code collectibles color colors communication_disabled_until components consumed content context
        country created_at creator creator_id current_period_end current_period_start data deaf
        default_auto_archive_duration default_forum_layout default_message_notifications default_reaction_emoji
        default_sort_order default_thread_rate_limit_per_user deleted description discovery_splash
        edited_timestamp embeds emoji emojis enable_emoticons enabled ended_timestamp endpoint ends_at entitlement_ids
        entitlements entity_id entity_metadata entity_type event_type exempt_channels exempt_roles expire_behavior
        expire_grace_period expires_at explicit_content_filter features flags
        global_name guild guild_id guild_locale guild_scheduled_event guild_scheduled_event_id guild_scheduled_events
        guilds hoist icon icon_hash id ids image incidents_data interaction interaction_metadata
        invitable invite_code inviter joined_at large last_message_id last_pin_timestamp
        locale managed matched_content matched_keyword max_age max_members
        max_presences max_stage_video_channel_users max_uses max_video_channel_users member member_count members
        mention_channels mention_everyone mention_roles mentionable mentions message message_author_id message_count
        message_id message_reference message_snapshots meta mfa_level mute name newly_created nick nonce not_found nsfw
        nsfw_level opcode options owner_id parent_id pending permission_overwrites
        permissions pinned poll position preferred_locale premium_progress_bar_enabled premium_since
        premium_subscription_count premium_tier presence presences primary_guild privacy_level public_flags
        public_updates_channel_id rate_limit_per_user reactions reason recurrence_rule referenced_message region
        removed_member_ids renewal_sku_ids request_to_speak_timestamp resolved resume_gateway_url retry_after revoked role
        role_id role_ids role_subscription_data roles rtc_region rule_id rule_trigger_type rules_channel_id
        safety_alerts_channel_id scheduled_end_time scheduled_start_time scopes self_deaf self_mute self_stream self_video
        session_id shard sku_id sku_ids sound_id sound_volume soundboard_sounds splash stage_instances starts_at status
        sticker_items stickers suppress synced_at synced system_channel_flags system_channel_id tags target_application
        target_id target_type target_user temporary thread thread_member thread_metadata threads timestamp token topic
        total_message_sent trigger_metadata trigger_type tts type unavailable unicode_emoji user user_count
        user_id user_limit username uses v vanity_url_code verification_level version video_quality_mode
        voice_start_time voice_states volume webhook_id widget_channel_id widget_enabled account changes
        """
        .split { $0 == " " || $0 == "\n" }.map(String.init)
    )
}
