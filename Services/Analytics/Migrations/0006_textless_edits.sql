-- A message that was edited where its new text is not stored is read back no more.
CREATE INDEX message_events_textless ON message_events (message_id) WHERE kind = 'updated' AND content IS NULL;
