-- What the whole surface needs: where a job comes from, all that its drawing may say, and what members keep.
DROP VIEW turn;
DROP VIEW pace;

-- A table made anew and renamed: the one before cannot lose its rule of one job for each interaction.
CREATE TABLE job_next (
    id TEXT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,  -- the order of arrival
    interaction_id INTEGER NOT NULL,
    part INTEGER NOT NULL DEFAULT 0,  -- of the jobs that one interaction asked for
    user_id INTEGER NOT NULL,
    guild_id INTEGER,
    channel_id INTEGER NOT NULL,
    locale TEXT NOT NULL,
    upload_limit INTEGER NOT NULL,
    lane TEXT NOT NULL REFERENCES lane (name),
    origin TEXT NOT NULL DEFAULT 'imagine',
    parent_id TEXT,
    parent_cell INTEGER,
    spoiler INTEGER NOT NULL DEFAULT 0 CHECK (spoiler IN (0, 1)),
    private INTEGER NOT NULL DEFAULT 0 CHECK (private IN (0, 1)),
    notify INTEGER NOT NULL DEFAULT 0 CHECK (notify IN (0, 1)),
    auto_dm INTEGER NOT NULL DEFAULT 0 CHECK (auto_dm IN (0, 1)),
    prompt TEXT NOT NULL,
    negative TEXT NOT NULL,
    model TEXT NOT NULL,
    seed INTEGER NOT NULL,
    count INTEGER NOT NULL CHECK (count >= 1),
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    steps INTEGER NOT NULL,
    guidance REAL NOT NULL,
    sampler TEXT NOT NULL,
    style TEXT,  -- JSON, as it was when the job was asked for
    chaos INTEGER NOT NULL DEFAULT 0,
    tile INTEGER NOT NULL DEFAULT 0 CHECK (tile IN (0, 1)),
    stop INTEGER NOT NULL DEFAULT 100,
    image_sha256 TEXT,
    mask_sha256 TEXT,
    strength REAL NOT NULL,
    upscale INTEGER NOT NULL DEFAULT 1,
    work INTEGER NOT NULL AS (  -- denoising steps of a pixel; with a start picture only a part is drawn
        CAST(count * width * height * steps * iif(image_sha256 IS NULL, 1, strength) * stop / 100.0 AS INTEGER)),
    drawn INTEGER NOT NULL DEFAULT 0,  -- pictures, those included that were deleted
    spent INTEGER NOT NULL DEFAULT 0,  -- milliseconds of work on them
    state TEXT NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'running', 'ready', 'delivered', 'failed', 'cancelled', 'refused')),
    reason TEXT,
    attempt INTEGER NOT NULL DEFAULT 0,  -- starts; only ever grows, so that a lease is never equal to an older one
    released INTEGER NOT NULL DEFAULT 0,  -- starts that were given back, which do not count against the job
    failures INTEGER NOT NULL DEFAULT 0,
    lease_owner TEXT,
    lease_until INTEGER,
    placeholder_channel_id INTEGER,
    placeholder_message_id INTEGER,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    announced_at INTEGER,  -- when the message of a job that ended badly said so
    deleted_at INTEGER,  -- when its pictures were taken away
    UNIQUE (interaction_id, part),
    CHECK ((state = 'running') = (lease_owner IS NOT NULL)),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
    CHECK ((placeholder_channel_id IS NULL) = (placeholder_message_id IS NULL))
) STRICT;

INSERT INTO job_next (
    id, number, interaction_id, user_id, guild_id, channel_id, locale, upload_limit, lane, origin, parent_id,
    parent_cell, prompt, negative, model, seed, count, width, height, steps, guidance, sampler, image_sha256, strength,
    state, reason, attempt, released, failures, lease_owner, lease_until, placeholder_channel_id,
    placeholder_message_id, created_at, started_at, finished_at, announced_at, drawn, spent)
SELECT
    id, number, interaction_id, user_id, guild_id, channel_id, locale, upload_limit, lane,
    iif(parent_id IS NULL, 'imagine', 'reroll'), parent_id,
    parent_cell, prompt, negative, model, seed, count, width, height, steps, guidance, sampler, image_sha256, strength,
    state, reason, attempt, released, failures, lease_owner, lease_until, placeholder_channel_id,
    placeholder_message_id, created_at, started_at, finished_at, announced_at,
    (SELECT count(*) FROM picture WHERE job_id = job.id),
    (SELECT coalesce(sum(CAST(round(seconds * 1000) AS INTEGER)), 0) FROM picture WHERE job_id = job.id)
FROM job;

DROP TABLE job;
ALTER TABLE job_next RENAME TO job;

CREATE INDEX job_by_state ON job (state, number);
CREATE INDEX job_by_lane ON job (lane, state);
CREATE INDEX job_by_user ON job (user_id, state);
CREATE INDEX job_by_age ON job (user_id, created_at);
CREATE INDEX job_by_message ON job (placeholder_message_id) WHERE placeholder_message_id IS NOT NULL;
CREATE INDEX job_by_image ON job (image_sha256) WHERE image_sha256 IS NOT NULL;
CREATE INDEX job_by_mask ON job (mask_sha256) WHERE mask_sha256 IS NOT NULL;
CREATE INDEX job_unannounced ON job (number)
    WHERE state IN ('failed', 'cancelled', 'refused') AND announced_at IS NULL;

CREATE TRIGGER job_transition BEFORE UPDATE OF state ON job
WHEN (old.state, new.state) NOT IN (VALUES
    ('queued', 'running'), ('queued', 'cancelled'), ('queued', 'refused'), ('queued', 'failed'),
    ('running', 'queued'), ('running', 'ready'), ('running', 'failed'), ('running', 'cancelled'),
    ('running', 'refused'), ('ready', 'delivered'), ('ready', 'failed'))
BEGIN
    SELECT RAISE(ABORT, 'illegal transition of a job');
END;

ALTER TABLE picture ADD COLUMN upscaled_by TEXT NOT NULL DEFAULT '';

-- The milliseconds that a denoising step of a pixel took in the latest pictures; a guess until there is one.
CREATE VIEW pace AS
SELECT coalesce(sum(seconds) * 1000 / sum(job.work / job.count), 0.001) AS pace
FROM (SELECT * FROM picture WHERE upscaled_by = '' ORDER BY rowid DESC LIMIT 64) AS latest
JOIN job ON job.id = latest.job_id;

-- The waiting jobs by fair turns: a job's `start` is the work its lane will have been given when its turn comes.
CREATE VIEW turn AS
SELECT
    job.id,
    job.number,
    lane.served + (SELECT pace FROM pace) * (
        (SELECT coalesce(sum(running.work), 0) FROM job AS running
         WHERE running.lane = job.lane AND running.state = 'running')
        + sum(job.work) OVER (PARTITION BY job.lane ORDER BY job.number)
        - job.work) AS start
FROM job JOIN lane ON lane.name = job.lane
WHERE job.state = 'queued';

CREATE TABLE favourite (
    user_id INTEGER NOT NULL,
    job_id TEXT NOT NULL,
    cell INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, job_id, cell),
    FOREIGN KEY (job_id, cell) REFERENCES picture (job_id, cell) ON DELETE CASCADE
) STRICT;

CREATE INDEX favourite_by_picture ON favourite (job_id, cell);

-- What a member set for themselves; a null leaves it to the studio.
CREATE TABLE preference (
    user_id INTEGER PRIMARY KEY,
    model TEXT,
    aspect TEXT,
    count INTEGER,
    locale TEXT,
    suffix TEXT NOT NULL DEFAULT '',
    remix INTEGER NOT NULL DEFAULT 0 CHECK (remix IN (0, 1)),
    notify INTEGER NOT NULL DEFAULT 0 CHECK (notify IN (0, 1)),
    private INTEGER NOT NULL DEFAULT 0 CHECK (private IN (0, 1)),
    auto_dm INTEGER NOT NULL DEFAULT 0 CHECK (auto_dm IN (0, 1))
) STRICT;

-- A member's own flags: `--name` in a prompt stands for the flags.
CREATE TABLE shortcut (
    user_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    flags TEXT NOT NULL,
    PRIMARY KEY (user_id, name)
) STRICT;

-- Words that wait for their member's yes: more than one request at once.
CREATE TABLE draft (
    id TEXT PRIMARY KEY,
    user_id INTEGER NOT NULL,
    words TEXT NOT NULL,  -- JSON
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX draft_by_age ON draft (created_at);

CREATE TABLE report (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL,  -- who reports
    job_id TEXT,
    guild_id INTEGER,
    channel_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    reason TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (user_id, message_id)
) STRICT;
