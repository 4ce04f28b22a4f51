-- name: blocks
SELECT * FROM block WHERE guild_id = :guild_id ORDER BY created_at DESC, member;

-- name: set_block
REPLACE INTO block (member, guild_id, user_id, until, reason, created_at)
VALUES (:member, :guild_id, :user_id, :until, :reason, :created_at);

-- name: delete_block
DELETE FROM block WHERE member = :member AND guild_id = :guild_id RETURNING until;

-- name: forget_blocks
DELETE FROM block WHERE guild_id = :guild_id AND until <= :now;

-- name: open_items
-- `before` is the number of pages before the one that is wanted; beyond the last one, the last one is given.
WITH open AS MATERIALIZED (
    SELECT
        'h' AS kind, job_id AS key, review.guild_id, job_id, user_id, prompt AS text, '' AS note,
        placeholder_channel_id AS channel_id, placeholder_message_id AS message_id, review.created_at
    FROM review JOIN job ON job.id = review.job_id
    WHERE review.guild_id = :guild_id AND decided_at IS NULL
    UNION ALL
    SELECT 'r', id, :guild_id, job_id, user_id, reason, '', channel_id, message_id, created_at
    FROM report
    WHERE guild_id IS nullif(:guild_id, 0) AND decided_at IS NULL
    UNION ALL
    SELECT 'o', id, guild_id, NULL, user_id, name, note, NULL, NULL, created_at
    FROM optout
    WHERE guild_id = :guild_id AND decided_at IS NULL)
SELECT *, (SELECT count(*) FROM open) AS found FROM open
ORDER BY created_at, kind, key
LIMIT :size OFFSET :size * min(:before, ((SELECT count(*) FROM open) - 1) / :size);

-- name: open_item
SELECT
    'h' AS kind, job_id AS key, review.guild_id, job_id, user_id, prompt AS text, '' AS note,
    placeholder_channel_id AS channel_id, placeholder_message_id AS message_id, review.created_at
FROM review JOIN job ON job.id = review.job_id
WHERE :kind = 'h' AND job_id = :key AND decided_at IS NULL
UNION ALL
SELECT 'r', id, coalesce(guild_id, 0), job_id, user_id, reason, '', channel_id, message_id, created_at
FROM report
WHERE :kind = 'r' AND id = CAST(:key AS INTEGER) AND decided_at IS NULL
UNION ALL
SELECT 'o', id, guild_id, NULL, user_id, name, note, NULL, NULL, created_at
FROM optout
WHERE :kind = 'o' AND id = CAST(:key AS INTEGER) AND (decided_at IS NULL OR approved = 1);

-- name: decide_report
UPDATE report SET decided_at = :now, approved = :approved
WHERE id = CAST(:key AS INTEGER) AND decided_at IS NULL RETURNING id;

-- name: decide_optout
UPDATE optout SET decided_at = :now, approved = :approved
WHERE id = CAST(:key AS INTEGER) AND (decided_at IS NULL OR (approved = 1 AND NOT :approved)) RETURNING *;

-- name: approved_names
SELECT DISTINCT name FROM optout WHERE guild_id = :guild_id AND approved = 1 ORDER BY name;

-- name: optouts_before
SELECT
    (SELECT count(*) FROM optout
     WHERE user_id = :user_id AND decided_at IS NULL AND (guild_id, name) <> (:guild_id, :name)) AS open,
    EXISTS (SELECT 1 FROM optout
     WHERE user_id = :user_id AND guild_id = :guild_id AND name = :name AND decided_at IS NOT NULL) AS decided;

-- name: set_optout
INSERT INTO optout (user_id, guild_id, name, note, created_at) VALUES (:user_id, :guild_id, :name, :note, :now)
ON CONFLICT (user_id, guild_id, name) DO UPDATE SET note = excluded.note;

-- name: family
-- A job and whatever was made from it or from its pictures, over any depth; each job counts once, so it ends.
WITH RECURSIVE family (id) AS (
    SELECT :job_id
    UNION
    SELECT child.id FROM family JOIN job AS child ON child.parent_id = family.id
    UNION
    SELECT child.id FROM family
    JOIN picture ON picture.job_id = family.id AND picture.sha256 <> ''
    JOIN picture AS twin ON twin.sha256 = picture.sha256
    JOIN job AS child ON child.parent_id = twin.job_id AND child.parent_cell = twin.cell
    UNION
    SELECT child.id FROM family
    JOIN picture ON picture.job_id = family.id
    JOIN job AS child ON child.image_sha256 = picture.sha256)
SELECT id FROM family;

-- name: jobs_with_pictures
SELECT DISTINCT job_id FROM picture WHERE sha256 IN (SELECT value FROM json_each(:files));

-- name: files_of_jobs
SELECT sha256 FROM picture WHERE job_id IN (SELECT value FROM json_each(:job_ids)) AND sha256 <> ''
UNION SELECT image_sha256 FROM job
WHERE id IN (SELECT value FROM json_each(:job_ids)) AND image_sha256 IS NOT NULL
UNION SELECT mask_sha256 FROM job
WHERE id IN (SELECT value FROM json_each(:job_ids)) AND mask_sha256 IS NOT NULL;

-- name: note_takedown
INSERT INTO takedown (sha256, fingerprint, job_id, guild_id, at)
SELECT value, (SELECT max(fingerprint) FROM picture WHERE sha256 = value), :job_id, :guild_id, :now
FROM json_each(:files) WHERE true
ON CONFLICT DO NOTHING;

-- name: stop_jobs
UPDATE job SET
    state = iif(state = 'ready', 'refused', 'cancelled'), finished_at = :now,
    lease_owner = NULL, lease_until = NULL
WHERE id IN (SELECT value FROM json_each(:job_ids)) AND state IN ('queued', 'running', 'ready');

-- name: delete_jobs
UPDATE job SET deleted_at = coalesce(deleted_at, :now), reason = :reason
WHERE id IN (SELECT value FROM json_each(:job_ids)) RETURNING *;

-- name: delete_pictures_of_jobs
DELETE FROM picture WHERE job_id IN (SELECT value FROM json_each(:job_ids));

-- name: reject_reviews
UPDATE review SET decided_at = :now, approved = 0
WHERE job_id IN (SELECT value FROM json_each(:job_ids)) AND decided_at IS NULL;

-- name: approve_reports
UPDATE report SET decided_at = :now, approved = 1
WHERE decided_at IS NULL AND job_id IN (SELECT value FROM json_each(:job_ids));

-- name: needless_files
-- Those that no picture, no start of a request and no draft needs.
SELECT value AS sha256 FROM json_each(:files) WHERE value NOT IN (
    SELECT sha256 FROM picture WHERE sha256 IN (SELECT value FROM json_each(:files))
    UNION SELECT image_sha256 FROM job
    WHERE image_sha256 IN (SELECT value FROM json_each(:files)) AND deleted_at IS NULL
    UNION SELECT mask_sha256 FROM job
    WHERE mask_sha256 IN (SELECT value FROM json_each(:files)) AND deleted_at IS NULL
    UNION SELECT words.value FROM draft JOIN json_each(draft.words) AS words
    WHERE words.key IN ('image_sha256', 'mask_sha256') AND words.value IS NOT NULL);

-- name: taken_down
-- Flat pictures have few bits, and all look the same.
SELECT sha256 FROM takedown
WHERE sha256 = :sha256 OR (
    hamming(coalesce(fingerprint, 0), 0) >= 16 AND hamming(coalesce(fingerprint, 0), :fingerprint) <= :most_bits);

-- name: insert_audit
INSERT INTO audit (at, guild_id, actor_id, act, target_id, job_id, detail)
VALUES (:now, :guild_id, :actor_id, :act, :target_id, :job_id, :detail);

-- name: audit
SELECT * FROM audit
WHERE guild_id = :guild_id AND (:act IS NULL OR act = :act)
    AND (:member IS NULL OR :member IN (actor_id, target_id))
ORDER BY id DESC LIMIT :size OFFSET :offset;

-- name: audited_acts
SELECT DISTINCT act FROM audit WHERE guild_id = :guild_id ORDER BY act;
