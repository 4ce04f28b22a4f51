-- What an admin of a large server needs: rules by place and person, limits that survive a restart, turns by guild
-- and lane, a review queue, and a log of what moderators did.
DROP VIEW turn;
DROP TRIGGER job_transition;

-- Lanes were named by user ids, which must not outlive their members.
UPDATE job SET lane = 'old:' || (SELECT rowid FROM lane WHERE lane.name = job.lane);
UPDATE lane SET name = 'old:' || rowid;
ALTER TABLE lane ADD COLUMN guild_id INTEGER NOT NULL DEFAULT 0;
DROP INDEX lane_by_served;
CREATE INDEX lane_by_guild ON lane (guild_id, served);

ALTER TABLE job ADD COLUMN priority INTEGER NOT NULL DEFAULT 1 CHECK (priority BETWEEN 1 AND 4);
ALTER TABLE job ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;  -- a moderator's word: below 0 goes first, above 0 last
ALTER TABLE job ADD COLUMN safety TEXT NOT NULL DEFAULT 'off'  -- the mode of its place when it was drawn
    CHECK (safety IN ('off', 'spoiler', 'block', 'review'));
CREATE INDEX job_by_guild ON job (guild_id, state, lane);

ALTER TABLE picture ADD COLUMN flagged INTEGER NOT NULL DEFAULT 0 CHECK (flagged IN (0, 1));
ALTER TABLE picture ADD COLUMN fingerprint INTEGER;  -- perceptual hash, 64 bits; null before this version
-- A picture that was withheld has the row of a finished cell, and '' for its file.
CREATE INDEX picture_by_file ON picture (sha256);
CREATE INDEX job_by_parent ON job (parent_id) WHERE parent_id IS NOT NULL;

CREATE TRIGGER job_transition BEFORE UPDATE OF state ON job
WHEN (old.state, new.state) NOT IN (VALUES
    ('queued', 'running'), ('queued', 'cancelled'), ('queued', 'refused'), ('queued', 'failed'),
    ('running', 'queued'), ('running', 'ready'), ('running', 'failed'), ('running', 'cancelled'),
    ('running', 'refused'), ('ready', 'delivered'), ('ready', 'failed'), ('ready', 'refused'))
BEGIN
    SELECT RAISE(ABORT, 'illegal transition of a job');
END;

-- Guilds take turns, and in each guild its lanes do; 0 stands for direct messages.
CREATE TABLE guild (
    id INTEGER PRIMARY KEY,
    served INTEGER NOT NULL DEFAULT 0,  -- milliseconds of work given to this guild
    halt TEXT CHECK (halt IN ('paused', 'draining'))
) STRICT;

INSERT INTO guild (id) SELECT DISTINCT coalesce(guild_id, 0) FROM job;

-- The waiting jobs by fair turns, all in milliseconds: a job's `start` is the work that its guild will have been given
-- when its turn comes. In a guild the lanes take turns likewise, after a moderator's word; in a lane, work of
-- priority 2 counts half. Every job costs something, so that no two jobs of a guild start at once.
CREATE VIEW turn AS
WITH priced AS (
    SELECT
        id, number, rank, lane, priority, coalesce(guild_id, 0) AS guild_id, state = 'queued' AS waits,
        max(1, CAST(work * (SELECT pace FROM pace) + 0.5 AS INTEGER)) AS cost
    FROM job WHERE state IN ('running', 'queued')),
laned AS (
    SELECT
        priced.*,
        lane.served - cost / priority + sum(cost / priority) OVER (
            PARTITION BY lane ORDER BY waits, rank, number ROWS UNBOUNDED PRECEDING) AS lane_start
    FROM priced JOIN lane ON lane.name = priced.lane),
placed AS (
    SELECT
        laned.*,
        guild.halt IS 'paused' AS paused,
        guild.served - cost + sum(cost) OVER (
            PARTITION BY guild_id ORDER BY waits, rank, lane_start, number ROWS UNBOUNDED PRECEDING) AS start
    FROM laned JOIN guild ON guild.id = laned.guild_id)
SELECT id, number, paused, start FROM placed WHERE waits;

-- What a request costs its member; it outlives the request, and knows the member by a keyed hash only.
-- A grant is a debit below zero.
CREATE TABLE debit (
    id TEXT PRIMARY KEY,  -- of the job, or of the grant
    member TEXT NOT NULL,
    guild_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    requests INTEGER NOT NULL DEFAULT 1,
    milliseconds INTEGER NOT NULL DEFAULT 0  -- of the engine: estimated at first, measured in the end
) STRICT;

CREATE INDEX debit_by_member ON debit (member, guild_id, at);
CREATE INDEX debit_by_age ON debit (at);

-- What was drawn is paid for; what was not, or failed, is not.
CREATE TRIGGER debit_measured AFTER UPDATE OF state ON job
WHEN new.state IN ('ready', 'cancelled', 'refused') AND new.spent > 0
BEGIN
    UPDATE debit SET milliseconds = new.spent WHERE id = new.id;
END;

CREATE TRIGGER debit_refunded AFTER UPDATE OF state ON job
WHEN new.state = 'failed' OR (new.state IN ('cancelled', 'refused') AND new.spent = 0)
BEGIN
    DELETE FROM debit WHERE id = new.id;
END;

-- One setting of one layer; the target of the layer 'guild' is the guild itself.
CREATE TABLE rule (
    guild_id INTEGER NOT NULL,
    layer TEXT NOT NULL CHECK (layer IN ('guild', 'category', 'channel', 'role', 'user')),
    target_id INTEGER NOT NULL,
    setting TEXT NOT NULL,
    value TEXT NOT NULL,  -- JSON
    PRIMARY KEY (guild_id, layer, target_id, setting)
) STRICT;

-- Members who may not draw, for a time or for good; guild 0 is everywhere. The hash outlives the id, so that
-- deleting one's data lifts no block.
CREATE TABLE block (
    member TEXT NOT NULL,
    guild_id INTEGER NOT NULL,
    user_id INTEGER,
    until INTEGER,  -- null: for good
    reason TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (member, guild_id)
) STRICT;

CREATE INDEX block_by_guild ON block (guild_id, created_at);

-- Jobs whose pictures wait for a moderator's look, and what came of it.
CREATE TABLE review (
    job_id TEXT PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
    guild_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    decided_at INTEGER,
    approved INTEGER CHECK (approved IN (0, 1)),
    CHECK ((decided_at IS NULL) = (approved IS NULL))
) STRICT;

CREATE INDEX review_open ON review (guild_id, created_at) WHERE decided_at IS NULL;

-- The pictures that may be seen: not withheld, not waiting for a moderator or rejected by one, and flagged ones only
-- where their job came to its end.
CREATE VIEW shown AS
SELECT picture.* FROM picture JOIN job ON job.id = picture.job_id
WHERE picture.sha256 <> '' AND (NOT picture.flagged OR job.state IN ('ready', 'delivered'))
    AND NOT EXISTS (SELECT 1 FROM review WHERE review.job_id = picture.job_id AND review.approved IS NOT 1);

ALTER TABLE report ADD COLUMN decided_at INTEGER;
ALTER TABLE report ADD COLUMN approved INTEGER CHECK (approved IN (0, 1));
CREATE INDEX report_open ON report (guild_id, created_at) WHERE decided_at IS NULL;

-- Names that somebody asks not to be drawn by. Those that were approved are refused, also when that member is gone.
CREATE TABLE optout (
    id INTEGER PRIMARY KEY,
    user_id INTEGER,  -- null: they had their data deleted
    guild_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    note TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    decided_at INTEGER,
    approved INTEGER CHECK (approved IN (0, 1)),
    UNIQUE (user_id, guild_id, name)
) STRICT;

CREATE INDEX optout_open ON optout (guild_id, created_at) WHERE decided_at IS NULL;
CREATE INDEX optout_approved ON optout (guild_id, name) WHERE approved = 1;

-- Messages beside a job's own that show its pictures: single ones, shown again, sent.
CREATE TABLE posting (
    message_id INTEGER PRIMARY KEY,
    channel_id INTEGER NOT NULL,
    job_id TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE
) STRICT;

CREATE INDEX posting_by_job ON posting (job_id);

-- Pictures that were taken down: the same file is never shown again, nor one that looks the same.
CREATE TABLE takedown (
    sha256 TEXT PRIMARY KEY,
    fingerprint INTEGER,  -- of `picture`
    job_id TEXT NOT NULL,
    guild_id INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;

-- Everything that owners, admins and moderators did. Rows are never changed, but for ids of people who left.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    guild_id INTEGER NOT NULL,  -- 0: the whole studio
    actor_id INTEGER,
    act TEXT NOT NULL,
    target_id INTEGER,  -- a user
    job_id TEXT,
    detail TEXT NOT NULL
) STRICT;

CREATE INDEX audit_by_guild ON audit (guild_id, id);

CREATE TRIGGER audit_kept BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is never shortened');
END;

CREATE TRIGGER audit_not_replaced BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = new.id)  -- REPLACE fires no trigger of DELETE
BEGIN
    SELECT RAISE(ABORT, 'the audit log is never rewritten');
END;

CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit
WHEN (new.id, new.at, new.guild_id, new.act) IS NOT (old.id, old.at, old.guild_id, old.act)
    OR (new.actor_id IS NOT old.actor_id AND new.actor_id IS NOT NULL)
    OR (new.target_id IS NOT old.target_id AND new.target_id IS NOT NULL)
    OR (new.job_id IS NOT old.job_id AND new.job_id IS NOT NULL)
    OR (new.detail IS NOT old.detail AND new.detail <> '')
BEGIN
    SELECT RAISE(ABORT, 'the audit log is never rewritten');
END;

-- What the owner set while the bot ran: paused, quiet hours, budgets.
CREATE TABLE studio (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL  -- JSON
) STRICT;
