-- What happened, one table per kind of thing. An event's id is (shard, epoch, number); epoch and number are the two
-- halves of its id on the wire. "at" is when the gateway made the event. Discord's ids are bigint.

-- How far each shard's log has been stored; (0, 0): nothing yet. Moves in the same transaction as the rows.
CREATE TABLE shard_positions (
    shard text PRIMARY KEY,
    epoch bigint NOT NULL,
    number bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE presence_events (
    shard text NOT NULL,
    epoch bigint NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    guild_id bigint NOT NULL,
    user_id bigint NOT NULL,
    bot boolean NOT NULL,
    status text NOT NULL,
    -- Names of the platforms with a session, joined by commas.
    clients text NOT NULL,
    activity_type smallint,
    activity_name text,
    -- Members of the guild who are not offline, after the event.
    online integer,
    PRIMARY KEY (shard, epoch, number)
);
CREATE INDEX presence_events_guild_at ON presence_events (guild_id, at);
CREATE INDEX presence_events_at ON presence_events USING brin (at);

CREATE TABLE message_events (
    shard text NOT NULL,
    epoch bigint NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    guild_id bigint NOT NULL,
    -- created, updated, deleted
    kind text NOT NULL,
    channel_id bigint NOT NULL,
    message_id bigint NOT NULL,
    -- Unknown where a message was deleted.
    user_id bigint,
    bot boolean,
    reply_to bigint,
    attachments integer,
    -- In Unicode scalars; null where a message was deleted.
    content_length integer,
    -- Only with STORE_MESSAGE_CONTENT.
    content text,
    PRIMARY KEY (shard, epoch, number)
);
CREATE INDEX message_events_guild_at ON message_events (guild_id, at);
CREATE INDEX message_events_at ON message_events USING brin (at);

CREATE TABLE voice_events (
    shard text NOT NULL,
    epoch bigint NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    guild_id bigint NOT NULL,
    -- joined, left, moved, updated
    kind text NOT NULL,
    user_id bigint NOT NULL,
    bot boolean NOT NULL,
    channel_id bigint NOT NULL,
    from_channel_id bigint,
    mute boolean NOT NULL,
    deaf boolean NOT NULL,
    self_mute boolean NOT NULL,
    self_deaf boolean NOT NULL,
    streaming boolean NOT NULL,
    video boolean NOT NULL,
    suppress boolean NOT NULL,
    -- Found by comparing states after a time when nobody listened: it happened at some time before "at".
    synthetic boolean NOT NULL,
    PRIMARY KEY (shard, epoch, number)
);
CREATE INDEX voice_events_guild_at ON voice_events (guild_id, at);
CREATE INDEX voice_events_at ON voice_events USING brin (at);

CREATE TABLE member_events (
    shard text NOT NULL,
    epoch bigint NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    guild_id bigint NOT NULL,
    -- joined, left, updated, timeout
    kind text NOT NULL,
    user_id bigint NOT NULL,
    bot boolean NOT NULL,
    pending boolean,
    -- Members of the guild after the event.
    members integer,
    timeout_until timestamptz,
    PRIMARY KEY (shard, epoch, number)
);
CREATE INDEX member_events_guild_at ON member_events (guild_id, at);
CREATE INDEX member_events_at ON member_events USING brin (at);

CREATE TABLE role_events (
    shard text NOT NULL,
    epoch bigint NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    guild_id bigint NOT NULL,
    -- granted, revoked
    kind text NOT NULL,
    user_id bigint NOT NULL,
    bot boolean NOT NULL,
    role_id bigint NOT NULL,
    role_name text NOT NULL,
    PRIMARY KEY (shard, epoch, number)
);
CREATE INDEX role_events_guild_at ON role_events (guild_id, at);
CREATE INDEX role_events_at ON role_events USING brin (at);

-- Entries of a log that could not be stored, and why. The envelope is kept only where it cannot hold what someone
-- wrote, or where that is kept anyway.
CREATE TABLE dead_letters (
    shard text NOT NULL,
    epoch bigint NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    event text,
    reason text NOT NULL,
    envelope bytea,
    PRIMARY KEY (shard, epoch, number)
);
