-- name: applied_migrations
SELECT number, name, sha256 FROM migration ORDER BY number;

-- name: record_migration
INSERT INTO migration (number, name, sha256, applied_at) VALUES (:number, :name, :sha256, :now);

-- name: get
SELECT * FROM job WHERE id = :job_id;

-- name: by_interaction
SELECT * FROM job WHERE interaction_id = :interaction_id AND part = :part;

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
    id, number, interaction_id, part, user_id, guild_id, channel_id, locale, upload_limit, lane, origin,
    parent_id, parent_cell, spoiler, private, notify, auto_dm, prompt, negative, model, seed, count, width, height,
    steps, guidance, sampler, style, chaos, tile, stop, image_sha256, mask_sha256, strength, upscale, created_at)
VALUES (
    :id, (SELECT coalesce(max(number), 0) + 1 FROM job), :interaction_id, :part, :user_id, :guild_id, :channel_id,
    :locale, :upload_limit, :lane, :origin, :parent_id, :parent_cell, :spoiler, :private, :notify, :auto_dm, :prompt,
    :negative, :model, :seed, :count, :width, :height, :steps, :guidance, :sampler, :style, :chaos, :tile, :stop,
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
INSERT INTO picture (job_id, cell, seed, sha256, width, height, seconds, model_hash, upscaled_by)
VALUES (:job_id, :cell, :seed, :sha256, :width, :height, :seconds, :model_hash, :upscaled_by)
ON CONFLICT (job_id, cell) DO NOTHING RETURNING cell;

-- name: charge_job
UPDATE job SET drawn = drawn + 1, spent = spent + :milliseconds WHERE id = :job_id;

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
SELECT sha256 FROM picture
UNION SELECT image_sha256 FROM job WHERE image_sha256 IS NOT NULL AND deleted_at IS NULL
UNION SELECT mask_sha256 FROM job WHERE mask_sha256 IS NOT NULL AND deleted_at IS NULL
UNION SELECT value FROM draft JOIN json_each(draft.words)
WHERE key IN ('image_sha256', 'mask_sha256') AND value IS NOT NULL;

-- name: kept_pictures
WITH live AS (SELECT id, image_sha256, mask_sha256 FROM job WHERE state IN ('queued', 'running', 'ready'))
SELECT sha256 FROM favourite JOIN picture USING (job_id, cell)
UNION SELECT sha256 FROM live JOIN picture ON picture.job_id = live.id
UNION SELECT image_sha256 FROM live WHERE image_sha256 IS NOT NULL
UNION SELECT mask_sha256 FROM live WHERE mask_sha256 IS NOT NULL
UNION SELECT value FROM draft JOIN json_each(draft.words)
WHERE key IN ('image_sha256', 'mask_sha256') AND value IS NOT NULL;

-- name: history
-- `before` is the number of pages before the one that is wanted; beyond the last one, the last one is given.
WITH found AS MATERIALIZED (
    SELECT id, number AS place FROM job
    WHERE user_id = :user_id AND state IN ('ready', 'delivered') AND deleted_at IS NULL
        AND (:search IS NULL OR instr(casefold(prompt || char(10) || negative || char(10) || model), :search)))
SELECT job.*, (SELECT count(*) FROM found) AS found FROM found JOIN job USING (id)
ORDER BY place DESC
LIMIT :size OFFSET :size * min(:before, ((SELECT count(*) FROM found) - 1) / :size);

-- name: favourites
WITH found AS MATERIALIZED (
    SELECT job.id, max(favourite.created_at) AS place FROM favourite JOIN job ON job.id = favourite.job_id
    WHERE favourite.user_id = :user_id
        AND (:search IS NULL OR instr(casefold(prompt || char(10) || negative || char(10) || model), :search))
    GROUP BY favourite.job_id)
SELECT job.*, (SELECT count(*) FROM found) AS found FROM found JOIN job USING (id)
ORDER BY place DESC, number DESC
LIMIT :size OFFSET :size * min(:before, ((SELECT count(*) FROM found) - 1) / :size);

-- name: pictures_of_jobs
SELECT * FROM picture WHERE job_id IN (SELECT value FROM json_each(:job_ids)) ORDER BY job_id, cell;

-- name: favourites_of_jobs
SELECT picture.* FROM favourite JOIN picture USING (job_id, cell)
WHERE user_id = :user_id AND job_id IN (SELECT value FROM json_each(:job_ids))
ORDER BY job_id, cell;

-- name: delete_favourite
DELETE FROM favourite WHERE user_id = :user_id AND job_id = :job_id AND cell = :cell RETURNING cell;

-- name: insert_favourite
INSERT INTO favourite (user_id, job_id, cell, created_at)
SELECT :user_id, job_id, cell, :now FROM picture WHERE job_id = :job_id AND cell = :cell
ON CONFLICT DO NOTHING RETURNING cell;

-- name: by_message
SELECT * FROM job WHERE placeholder_message_id = :message_id ORDER BY number DESC LIMIT 1;

-- name: delete_job
UPDATE job SET deleted_at = coalesce(deleted_at, :now)
WHERE id = :job_id AND state NOT IN ('queued', 'running') RETURNING id;

-- name: delete_pictures
DELETE FROM picture WHERE job_id = :job_id;

-- name: usage
SELECT coalesce(sum(drawn), 0) AS drawn, coalesce(sum(spent), 0) AS spent FROM job
WHERE user_id = :user_id AND created_at >= :since;

-- name: preferences
SELECT * FROM preference WHERE user_id = :user_id;

-- name: set_preferences
REPLACE INTO preference (user_id, model, aspect, count, locale, suffix, remix, notify, private, auto_dm)
VALUES (:user_id, :model, :aspect, :count, :locale, :suffix, :remix, :notify, :private, :auto_dm);

-- name: shortcuts
SELECT name, flags FROM shortcut WHERE user_id = :user_id ORDER BY name;

-- name: set_shortcut
REPLACE INTO shortcut (user_id, name, flags)
SELECT :user_id, :name, :flags
WHERE (SELECT count(*) FROM shortcut WHERE user_id = :user_id AND name <> :name) < :most
RETURNING name;

-- name: delete_shortcut
DELETE FROM shortcut WHERE user_id = :user_id AND name = :name RETURNING name;

-- name: forget_drafts
DELETE FROM draft WHERE created_at < :before;

-- name: insert_draft
INSERT INTO draft (id, user_id, words, created_at) VALUES (:id, :user_id, :words, :now);

-- name: take_draft
DELETE FROM draft WHERE id = :draft_id AND user_id = :user_id RETURNING words;

-- name: insert_report
INSERT INTO report (user_id, job_id, guild_id, channel_id, message_id, reason, created_at)
VALUES (:user_id, :job_id, :guild_id, :channel_id, :message_id, :reason, :now)
ON CONFLICT (user_id, message_id) DO UPDATE SET reason = excluded.reason;

-- name: hide
UPDATE job SET spoiler = 1 WHERE id = :job_id;
