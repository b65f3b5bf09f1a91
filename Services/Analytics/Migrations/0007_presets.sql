-- Overlays as a guild's managers have set them up, by name: specs/access.md, "Overlays". Written by web.
CREATE TABLE overlay_presets (
    -- 32 hex digits.
    id text PRIMARY KEY,
    guild_id bigint NOT NULL,
    name text NOT NULL,
    -- voice, feed, stat, milestones, scene
    overlay text NOT NULL,
    -- As in an overlay's address, without the question mark.
    query text NOT NULL,
    -- Grows with each change: Unix milliseconds, or one more than the last.
    version bigint NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by bigint NOT NULL
);
CREATE INDEX overlay_presets_guild ON overlay_presets (guild_id, name);
