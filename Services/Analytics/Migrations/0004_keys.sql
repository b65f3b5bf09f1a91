-- Keys of overlays and programs, as specs/access.md, "Keys", says. Written by web. A key's text is nowhere: what it allows is signed
-- in the text itself, and here is what people and limits have to know of it.

-- What programs may ask for, by what their key costs. An owner of the instance changes the figures.
CREATE TABLE api_tiers (
    name text PRIMARY KEY,
    per_minute bigint NOT NULL CHECK (per_minute > 0),
    per_day bigint NOT NULL CHECK (per_day > 0)
);
INSERT INTO api_tiers VALUES ('free', 30, 1000), ('pro', 100, 10000), ('enterprise', 300, 100000);

CREATE TABLE access_keys (
    -- 32 hex digits.
    id text PRIMARY KEY,
    guild_id bigint NOT NULL,
    -- overlay, api
    kind text NOT NULL,
    name text NOT NULL,
    maker_id bigint NOT NULL,
    -- Each of these joined by commas; empty channels and events: all.
    scopes text NOT NULL,
    channels text NOT NULL,
    events text NOT NULL,
    tier text NOT NULL REFERENCES api_tiers (name),
    -- SHA-256 of the key's text.
    token_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- From then on it counts no more; in the future where it was rotated and others still have to learn the new one.
    revoked_at timestamptz,
    last_used_at timestamptz,
    -- The key that this one takes the place of.
    rotated_from text,
    -- Requests in the last minute since 1970 in which there were any.
    minute bigint NOT NULL DEFAULT 0,
    minute_requests bigint NOT NULL DEFAULT 0
);
CREATE INDEX access_keys_guild ON access_keys (guild_id, created_at);
CREATE INDEX access_keys_revoked_at ON access_keys (revoked_at) WHERE revoked_at IS NOT NULL;

-- Requests of each key, by UTC's days.
CREATE TABLE key_usage (
    key_id text NOT NULL REFERENCES access_keys (id) ON DELETE CASCADE,
    day date NOT NULL,
    requests bigint NOT NULL,
    PRIMARY KEY (key_id, day)
);
