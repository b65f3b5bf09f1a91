-- Messages are read back page by page, newest first: of a guild, or of one channel. Only what was stored is in these, so that who
-- stores no content pays nothing for them; deletions are few.
CREATE INDEX message_events_read ON message_events (guild_id, message_id) WHERE content IS NOT NULL;
CREATE INDEX message_events_read_channel ON message_events (channel_id, message_id) WHERE content IS NOT NULL;
CREATE INDEX message_events_deleted ON message_events (message_id) WHERE kind = 'deleted';
