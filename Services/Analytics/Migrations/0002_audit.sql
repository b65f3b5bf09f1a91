-- Who changed what and who was refused what, as specs/access.md, "Audit", says. Written by web; ended by analytics after 400 days.
CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    -- Null: of no guild.
    guild_id bigint,
    actor_id bigint,
    session_id text,
    key_id text,
    -- The operation's name.
    action text NOT NULL,
    target text,
    detail jsonb NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('changed', 'refused')),
    count integer NOT NULL,
    -- Refusals of one who, what, where and minute are one row, whichever replica saw them. Null: a row of its own.
    fold text UNIQUE
);
CREATE INDEX audit_log_guild ON audit_log (guild_id, id);
CREATE INDEX audit_log_at ON audit_log USING brin (at);
