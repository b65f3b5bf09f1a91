-- What a guild's managers have set. Where there is no row, the defaults count. Web writes here; who stores reads.
CREATE TABLE guild_settings (
    guild_id bigint PRIMARY KEY,
    -- Grows with each change, also where rows were lost: Unix milliseconds, or one more than the last.
    version bigint NOT NULL,
    settings jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by bigint NOT NULL,
    -- The version that the log has an event of; a lesser one than "version" is still to be told.
    emitted bigint NOT NULL DEFAULT 0,
    -- When somebody last tried to.
    tried_at timestamptz
);
CREATE INDEX guild_settings_waiting ON guild_settings (tried_at) WHERE emitted < version;
