-- The queue of jobs, their pictures, and the lanes that take turns. Times are UTC milliseconds.
PRAGMA application_id = 1096043602;  -- 'ATLR'

CREATE TABLE migration (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    sha256 TEXT NOT NULL,
    applied_at INTEGER NOT NULL
) STRICT;

CREATE TABLE lane (
    name TEXT PRIMARY KEY,
    served INTEGER NOT NULL  -- milliseconds of work given to this lane
) STRICT;

CREATE INDEX lane_by_served ON lane (served);

CREATE TABLE job (
    id TEXT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,  -- the order of arrival
    interaction_id INTEGER NOT NULL UNIQUE,
    user_id INTEGER NOT NULL,
    guild_id INTEGER,
    channel_id INTEGER NOT NULL,
    locale TEXT NOT NULL,
    upload_limit INTEGER NOT NULL,
    lane TEXT NOT NULL REFERENCES lane (name),
    parent_id TEXT,
    parent_cell INTEGER,
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
    image_sha256 TEXT,
    strength REAL NOT NULL,
    work INTEGER NOT NULL AS (count * width * height * steps),  -- denoising steps of a pixel
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
    CHECK ((state = 'running') = (lease_owner IS NOT NULL)),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
    CHECK ((placeholder_channel_id IS NULL) = (placeholder_message_id IS NULL))
) STRICT;

CREATE INDEX job_by_state ON job (state, number);
CREATE INDEX job_by_lane ON job (lane, state);
CREATE INDEX job_by_user ON job (user_id, state);
CREATE INDEX job_by_image ON job (image_sha256) WHERE image_sha256 IS NOT NULL;
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

CREATE TABLE picture (
    job_id TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    cell INTEGER NOT NULL CHECK (cell >= 0),
    seed INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    seconds REAL NOT NULL CHECK (seconds >= 0),
    model_hash TEXT NOT NULL,
    PRIMARY KEY (job_id, cell)
) STRICT;

-- The milliseconds that a denoising step of a pixel took in the latest pictures; a guess until there is one.
CREATE VIEW pace AS
SELECT coalesce(sum(seconds) * 1000 / sum(latest.width * latest.height * job.steps), 0.001) AS pace
FROM (SELECT * FROM picture ORDER BY rowid DESC LIMIT 64) AS latest JOIN job ON job.id = latest.job_id;

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
