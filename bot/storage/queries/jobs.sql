-- name: get
SELECT * FROM job WHERE id = :job_id;

-- name: by_interaction
SELECT * FROM job WHERE interaction_id = :interaction_id AND part = :part;

-- name: active_of_user
SELECT * FROM job WHERE user_id = :user_id AND state IN ('queued', 'running') ORDER BY number;

-- name: unshown_of_user
SELECT * FROM job WHERE user_id = :user_id AND state = 'ready' ORDER BY number;

-- name: undelivered
SELECT * FROM job
WHERE state = 'ready' AND NOT EXISTS (SELECT 1 FROM review WHERE job_id = job.id AND approved IS NOT 1)
ORDER BY number;

-- name: held
SELECT job.* FROM review JOIN job ON job.id = review.job_id
WHERE decided_at IS NULL AND state = 'ready'
ORDER BY number;

-- name: unannounced
SELECT * FROM job INDEXED BY job_unannounced
WHERE state IN ('failed', 'cancelled', 'refused') AND announced_at IS NULL AND placeholder_message_id IS NOT NULL
    AND deleted_at IS NULL
ORDER BY number;

-- name: unwithdrawn
SELECT * FROM job INDEXED BY job_unwithdrawn
WHERE deleted_at IS NOT NULL AND withdrawn_at IS NULL
    AND (placeholder_message_id IS NOT NULL OR EXISTS (SELECT 1 FROM posting WHERE job_id = job.id))
ORDER BY number;

-- name: queue
SELECT job.* FROM turn JOIN job USING (id) ORDER BY paused, start, turn.number;

-- name: position
SELECT position FROM (SELECT id, row_number() OVER (ORDER BY paused, start, number) AS position FROM turn)
WHERE id = :job_id;

-- name: counts
SELECT state, count(*) AS jobs FROM job GROUP BY state;

-- name: enter_guild
-- A guild that was idle or paused starts where the busy ones are, or where the last one was, so that it cannot save
-- up turns.
INSERT INTO guild (id, served)
VALUES (
    :guild_id,
    coalesce(
        (SELECT min(served) FROM guild
         WHERE halt IS NOT 'paused' AND EXISTS (
            SELECT 1 FROM job WHERE job.guild_id IS nullif(guild.id, 0) AND state IN ('queued', 'running'))),
        (SELECT max(served) FROM guild),
        0))
ON CONFLICT (id) DO UPDATE SET served = max(served, excluded.served)
WHERE halt IS 'paused' OR NOT EXISTS (
    SELECT 1 FROM job WHERE job.guild_id IS nullif(:guild_id, 0) AND state IN ('queued', 'running'));

-- name: enter_lane
-- The same for a lane among those of its guild.
INSERT INTO lane (name, guild_id, served)
VALUES (
    :lane,
    :guild_id,
    coalesce(
        (SELECT min(served) FROM lane WHERE name IN (
            SELECT lane FROM job WHERE job.guild_id IS nullif(:guild_id, 0) AND state IN ('queued', 'running'))),
        (SELECT max(served) FROM lane WHERE guild_id = :guild_id),
        0))
ON CONFLICT (name) DO UPDATE SET served = max(served, excluded.served)
WHERE NOT EXISTS (SELECT 1 FROM job WHERE job.lane = lane.name AND state IN ('queued', 'running'));

-- name: insert_job
INSERT INTO job (
    id, number, interaction_id, part, user_id, guild_id, channel_id, locale, upload_limit, lane, origin,
    priority, parent_id, parent_cell, spoiler, private, notify, auto_dm, prompt, negative, model, seed, count, width, height,
    steps, guidance, sampler, style, chaos, tile, stop, image_sha256, mask_sha256, strength, upscale, created_at)
VALUES (
    :id, (SELECT coalesce(max(number), 0) + 1 FROM job), :interaction_id, :part, :user_id, :guild_id, :channel_id,
    :locale, :upload_limit, :lane, :origin, :priority, :parent_id, :parent_cell, :spoiler, :private, :notify,
    :auto_dm, :prompt, :negative, :model, :seed, :count, :width, :height, :steps, :guidance, :sampler, :style, :chaos, :tile, :stop,
    :image_sha256, :mask_sha256, :strength, :upscale, :now)
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
    state = 'running', attempt = attempt + 1, lease_owner = :owner, lease_until = :until, started_at = :now
WHERE id = (
    SELECT id FROM turn JOIN job USING (id)
    WHERE NOT paused AND placeholder_message_id IS NOT NULL  -- the member has seen the answer
        AND id NOT IN (SELECT value FROM json_each(:later))
        AND (SELECT count(*) FROM job AS other WHERE other.lane = job.lane AND other.state = 'running') < :per_lane
    ORDER BY start, turn.number LIMIT 1)
RETURNING *;

-- name: begin
UPDATE job SET safety = :safety
WHERE id = :job_id AND lease_owner = :owner AND attempt = :attempt RETURNING id;

-- name: forget_of_another_mode
DELETE FROM picture
WHERE job_id = :job_id AND (SELECT safety <> :safety AND (safety = 'off' OR flagged) FROM job WHERE id = :job_id);

-- name: renew
UPDATE job SET lease_until = :until
WHERE id = :job_id AND lease_owner = :owner AND attempt = :attempt RETURNING id;

-- name: leased
SELECT *, attempt - released AS counted FROM job
WHERE id = :job_id AND lease_owner = :owner AND attempt = :attempt;

-- name: insert_picture
INSERT INTO picture (
    job_id, cell, seed, sha256, width, height, seconds, model_hash, upscaled_by, flagged, fingerprint)
VALUES (
    :job_id, :cell, :seed, :sha256, :width, :height, :seconds, :model_hash, :upscaled_by, :flagged, :fingerprint)
ON CONFLICT (job_id, cell) DO NOTHING RETURNING cell;

-- name: charge_job
UPDATE job SET drawn = drawn + 1, spent = spent + :milliseconds WHERE id = :job_id;

-- name: charge_lane
UPDATE lane SET served = served + :milliseconds / job.priority
FROM job WHERE job.id = :job_id AND lane.name = job.lane;

-- name: charge_guild
UPDATE guild SET served = served + :milliseconds
FROM job WHERE job.id = :job_id AND guild.id = coalesce(job.guild_id, 0);

-- name: pictures
SELECT * FROM shown WHERE job_id = :job_id ORDER BY cell;

-- name: cells
SELECT * FROM picture WHERE job_id = :job_id ORDER BY cell;

-- name: open_review
INSERT INTO review (job_id, guild_id, created_at)
SELECT id, coalesce(guild_id, 0), :now FROM job WHERE id = :job_id;

-- name: leave
UPDATE job SET
    state = :state, reason = :reason, failures = failures + :failed, released = released + :released,
    finished_at = :finished_at, lease_owner = NULL, lease_until = NULL
WHERE id = :job_id AND lease_owner = :owner AND attempt = :attempt RETURNING id;

-- name: deliver
UPDATE job SET state = 'delivered'
WHERE id = :job_id AND state = 'ready'
    AND NOT EXISTS (SELECT 1 FROM review WHERE job_id = job.id AND approved IS NOT 1)
RETURNING id;

-- name: abandon
UPDATE job SET state = 'failed', reason = :reason, announced_at = :now
WHERE id = :job_id AND state = 'ready' RETURNING id;

-- name: hide
UPDATE job SET spoiler = 1 WHERE id = :job_id;

-- name: tighten
UPDATE job SET safety = :safety WHERE id = :job_id AND state = 'ready'
RETURNING EXISTS (SELECT 1 FROM picture WHERE picture.job_id = job.id AND picture.flagged) AS flagged;

-- name: withhold_flagged
UPDATE picture SET sha256 = '' WHERE job_id = :job_id AND flagged;

-- name: give_up
UPDATE job SET state = :state, reason = :reason WHERE id = :job_id AND state = 'ready' RETURNING id;

-- name: unpaid_run
-- Of a running job, the time since it began beyond that of its pictures, up to its debit; one of 0 has no estimate.
SELECT max(0, min(coalesce(nullif(debit.milliseconds, 0), :now), :now - started_at) - spent) AS milliseconds
FROM job JOIN debit USING (id) WHERE job.id = :job_id AND state = 'running';

-- name: charge_run
UPDATE job SET spent = spent + :milliseconds WHERE id = :job_id;

-- name: cancel
UPDATE job SET state = 'cancelled', finished_at = :now, lease_owner = NULL, lease_until = NULL
WHERE id = :job_id AND state IN ('queued', 'running') RETURNING id;

-- name: note_withdrawn
UPDATE job SET withdrawn_at = coalesce(withdrawn_at, :now)
WHERE id = :job_id AND deleted_at IS NOT NULL RETURNING id;

-- name: announce
UPDATE job SET announced_at = :now
WHERE id = :job_id AND state IN ('failed', 'cancelled', 'refused') AND announced_at IS NULL RETURNING id;
