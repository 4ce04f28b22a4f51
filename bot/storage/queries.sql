-- name: applied_migrations
SELECT number, name, sha256 FROM migration ORDER BY number;

-- name: record_migration
INSERT INTO migration (number, name, sha256, applied_at) VALUES (:number, :name, :sha256, :now);

-- name: get
SELECT * FROM job WHERE id = :job_id;

-- name: by_interaction
SELECT * FROM job WHERE interaction_id = :interaction_id;

-- name: active_of_user
SELECT * FROM job WHERE user_id = :user_id AND state IN ('queued', 'running') ORDER BY number;

-- name: undelivered
SELECT * FROM job WHERE state = 'ready' ORDER BY number;

-- name: unannounced
SELECT * FROM job INDEXED BY job_unannounced
WHERE state IN ('failed', 'cancelled', 'refused') AND announced_at IS NULL AND placeholder_message_id IS NOT NULL
ORDER BY number;

-- name: queue
SELECT job.* FROM turn JOIN job USING (id) ORDER BY turn.start, turn.number;

-- name: position
SELECT position FROM (SELECT id, row_number() OVER (ORDER BY start, number) AS position FROM turn)
WHERE id = :job_id;

-- name: counts
SELECT state, count(*) AS jobs FROM job GROUP BY state;

-- name: waiting
SELECT count(*) AS total, count(*) FILTER (WHERE user_id = :user_id) AS of_user FROM job WHERE state = 'queued';

-- name: enter_lane
-- A lane that was idle starts where the busy lanes are, or where the last one was, so that it cannot save up turns.
INSERT INTO lane (name, served)
VALUES (
    :lane,
    coalesce(
        (SELECT min(served) FROM lane
         WHERE name IN (SELECT lane FROM job WHERE state IN ('queued', 'running'))),
        (SELECT max(served) FROM lane),
        0))
ON CONFLICT (name) DO UPDATE SET served = max(served, excluded.served)
WHERE NOT EXISTS (SELECT 1 FROM job WHERE job.lane = lane.name AND state IN ('queued', 'running'));

-- name: insert_job
INSERT INTO job (
    id, number, interaction_id, user_id, guild_id, channel_id, locale, upload_limit, lane,
    parent_id, parent_cell, prompt, negative, model, seed, count, width, height, steps, guidance, sampler,
    image_sha256, strength, created_at)
VALUES (
    :id, (SELECT coalesce(max(number), 0) + 1 FROM job), :interaction_id, :user_id, :guild_id, :channel_id, :locale,
    :upload_limit, :lane, :parent_id, :parent_cell, :prompt, :negative, :model, :seed, :count, :width,
    :height, :steps, :guidance, :sampler, :image_sha256, :strength, :now)
RETURNING *;

-- name: set_placeholder
UPDATE job SET placeholder_channel_id = :channel_id, placeholder_message_id = :message_id
WHERE id = :job_id RETURNING id;

-- name: quarantine_leases
UPDATE job SET state = 'failed', reason = :reason, finished_at = :now, lease_owner = NULL, lease_until = NULL
WHERE state = 'running' AND (lease_until <= :now OR lease_owner <> :only_owner)
    AND attempt - released >= :max_attempts
RETURNING *;

-- name: requeue_leases
UPDATE job SET state = 'queued', lease_owner = NULL, lease_until = NULL
WHERE state = 'running' AND (lease_until <= :now OR lease_owner <> :only_owner)
RETURNING *;

-- name: claim
UPDATE job SET
    state = 'running', attempt = attempt + 1, lease_owner = :owner, lease_until = :until,
    started_at = coalesce(started_at, :now)
WHERE id = (
    SELECT id FROM turn JOIN job USING (id)
    WHERE placeholder_message_id IS NOT NULL  -- the member has seen the answer
        AND (SELECT count(*) FROM job AS other WHERE other.lane = job.lane AND other.state = 'running') < :per_lane
    ORDER BY start, turn.number LIMIT 1)
RETURNING *;

-- name: renew
UPDATE job SET lease_until = :until
WHERE id = :job_id AND lease_owner = :owner AND attempt = :attempt RETURNING id;

-- name: held
SELECT *, attempt - released AS counted FROM job
WHERE id = :job_id AND lease_owner = :owner AND attempt = :attempt;

-- name: insert_picture
INSERT INTO picture (job_id, cell, seed, sha256, width, height, seconds, model_hash)
VALUES (:job_id, :cell, :seed, :sha256, :width, :height, :seconds, :model_hash)
ON CONFLICT (job_id, cell) DO NOTHING RETURNING cell;

-- name: charge_lane
UPDATE lane SET served = served + :milliseconds WHERE name = (SELECT lane FROM job WHERE id = :job_id);

-- name: pictures
SELECT * FROM picture WHERE job_id = :job_id ORDER BY cell;

-- name: leave
UPDATE job SET
    state = :state, reason = :reason, failures = failures + :failed, released = released + :released,
    finished_at = :finished_at, lease_owner = NULL, lease_until = NULL
WHERE id = :job_id AND lease_owner = :owner AND attempt = :attempt RETURNING id;

-- name: deliver
UPDATE job SET state = 'delivered' WHERE id = :job_id AND state = 'ready' RETURNING id;

-- name: abandon
UPDATE job SET state = 'failed', reason = :reason, announced_at = :now
WHERE id = :job_id AND state = 'ready' RETURNING id;

-- name: cancel
UPDATE job SET state = 'cancelled', finished_at = :now, lease_owner = NULL, lease_until = NULL
WHERE id = :job_id AND state IN ('queued', 'running') RETURNING id;

-- name: announce
UPDATE job SET announced_at = :now
WHERE id = :job_id AND state IN ('failed', 'cancelled', 'refused') AND announced_at IS NULL RETURNING id;

-- name: known_pictures
SELECT sha256 FROM picture UNION SELECT image_sha256 FROM job WHERE image_sha256 IS NOT NULL;
