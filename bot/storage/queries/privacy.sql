-- name: jobs_of
SELECT * FROM job WHERE user_id = :user_id ORDER BY number;

-- name: pictures_of
SELECT picture.* FROM job JOIN picture ON picture.job_id = job.id WHERE user_id = :user_id ORDER BY number, cell;

-- name: reviews_of
SELECT review.* FROM job JOIN review ON review.job_id = job.id WHERE user_id = :user_id ORDER BY number;

-- name: takedowns_of
SELECT takedown.* FROM takedown JOIN job ON job.id = takedown.job_id WHERE user_id = :user_id ORDER BY sha256;

-- name: postings_of
SELECT posting.* FROM job JOIN posting ON posting.job_id = job.id WHERE user_id = :user_id ORDER BY number, message_id;

-- name: favourites_of
SELECT * FROM favourite WHERE user_id = :user_id ORDER BY created_at, job_id, cell;

-- name: shortcuts_of
SELECT * FROM shortcut WHERE user_id = :user_id ORDER BY name;

-- name: drafts_of
SELECT * FROM draft WHERE user_id = :user_id ORDER BY created_at, id;

-- name: reports_of
SELECT * FROM report WHERE user_id = :user_id ORDER BY id;

-- name: optouts_of
SELECT * FROM optout WHERE user_id = :user_id ORDER BY id;

-- name: blocks_of
SELECT * FROM block WHERE member = :member ORDER BY guild_id;

-- name: debits_of
SELECT * FROM debit WHERE member = :member ORDER BY at, id;

-- name: lanes_of
-- Those that are a member's alone.
SELECT * FROM lane WHERE name LIKE '%:' || :member ORDER BY name;

-- name: rules_of
SELECT * FROM rule WHERE layer = 'user' AND target_id IN (:user_id, :stand_in) ORDER BY guild_id, setting;

-- name: audit_of
-- Without the other people in it.
SELECT
    id, at, guild_id, iif(actor_id = :user_id, actor_id, NULL) AS actor_id, act,
    iif(target_id = :user_id, target_id, NULL) AS target_id, job_id, detail
FROM audit WHERE actor_id = :user_id OR target_id = :user_id ORDER BY id;

-- name: pauses_of
SELECT * FROM studio WHERE key = 'pause' AND json_extract(value, '$.by') = :user_id;

-- name: files_of
-- The latest first. `own` are pictures that were drawn for the member, the others are what they start from; one that
-- is not `seen` is held back.
SELECT sha256, max(own) AS own, max(seen) AS seen FROM (
    SELECT
        picture.sha256, number, 1 AS own,
        EXISTS (SELECT 1 FROM shown WHERE shown.job_id = picture.job_id AND shown.cell = picture.cell) AS seen
    FROM job JOIN picture ON picture.job_id = job.id
    WHERE user_id = :user_id AND picture.sha256 <> ''
    UNION ALL
    SELECT image_sha256, number, 0, 0 FROM job WHERE user_id = :user_id AND image_sha256 IS NOT NULL
    UNION ALL
    SELECT mask_sha256, number, 0, 0 FROM job WHERE user_id = :user_id AND mask_sha256 IS NOT NULL
    UNION ALL
    SELECT each.value, 0, 0, 0 FROM draft JOIN json_each(draft.words) AS each
    WHERE user_id = :user_id AND each.key IN ('image_sha256', 'mask_sha256') AND each.value IS NOT NULL)
GROUP BY sha256 ORDER BY max(number) DESC, sha256;


-- name: blank_blocks_of
UPDATE block SET user_id = NULL, reason = ''
WHERE member = :member AND (user_id IS NOT NULL OR reason <> '');

-- name: blank_audit_of
UPDATE audit SET
    actor_id = nullif(actor_id, :user_id), target_id = nullif(target_id, :user_id), detail = '',
    job_id = iif(job_id IN (SELECT id FROM job WHERE user_id = :user_id), NULL, job_id)
WHERE actor_id = :user_id OR target_id = :user_id OR instr(detail, :user_id)
    OR job_id IN (SELECT id FROM job WHERE user_id = :user_id);

-- name: blank_pauses_of
UPDATE studio SET value = json_set(value, '$.by', NULL) WHERE key = 'pause' AND json_extract(value, '$.by') = :user_id;

-- name: blank_reports_about
UPDATE report SET job_id = NULL
WHERE job_id IN (SELECT id FROM job WHERE user_id = :user_id) AND user_id <> :user_id;

-- name: blank_children_of
UPDATE job SET parent_id = NULL, parent_cell = NULL
WHERE parent_id IN (SELECT id FROM job WHERE user_id = :user_id) AND user_id <> :user_id;

-- name: cancel_jobs_of
-- What was not drawn is not paid for.
UPDATE job SET state = 'cancelled', finished_at = :now, lease_owner = NULL, lease_until = NULL
WHERE user_id = :user_id AND state IN ('queued', 'running');

-- name: changes
SELECT total_changes() AS changes;

-- name: owe_rewriting
REPLACE INTO studio (key, value) VALUES ('rewriting', json_quote(:debt));

-- name: owed_rewriting
SELECT value AS debt FROM studio WHERE key = 'rewriting';

-- name: pay_rewriting
DELETE FROM studio WHERE key = 'rewriting' AND value = :debt;

-- name: forget_jobs_of
DELETE FROM job WHERE user_id = :user_id RETURNING id;

-- name: forget_favourites_of
DELETE FROM favourite WHERE user_id = :user_id;

-- name: forget_preference_of
DELETE FROM preference WHERE user_id = :user_id;

-- name: forget_shortcuts_of
DELETE FROM shortcut WHERE user_id = :user_id;

-- name: forget_drafts_of
DELETE FROM draft WHERE user_id = :user_id;

-- name: forget_reports_of
DELETE FROM report WHERE user_id = :user_id;

-- name: blank_optouts_of
UPDATE optout SET user_id = NULL, note = '' WHERE user_id = :user_id AND approved = 1;

-- name: forget_optouts_of
DELETE FROM optout WHERE user_id = :user_id;

-- name: hide_rules_of
UPDATE OR REPLACE rule SET target_id = :stand_in WHERE layer = 'user' AND target_id = :user_id;

-- name: unshown_files
SELECT value AS sha256 FROM json_each(:files)
WHERE NOT EXISTS (SELECT 1 FROM picture WHERE picture.sha256 = json_each.value);
