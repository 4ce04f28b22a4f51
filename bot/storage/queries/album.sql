-- name: history
-- `before` is the number of pages before the one that is wanted; beyond the last one, the last one is given.
WITH found AS MATERIALIZED (
    SELECT id, number AS place FROM job
    WHERE user_id = :user_id AND state IN ('ready', 'delivered') AND deleted_at IS NULL
        AND EXISTS (SELECT 1 FROM shown WHERE shown.job_id = job.id)
        AND (:search IS NULL OR instr(casefold(prompt || char(10) || negative || char(10) || model), :search)))
SELECT job.*, (SELECT count(*) FROM found) AS found FROM found JOIN job USING (id)
ORDER BY place DESC
LIMIT :size OFFSET :size * min(:before, ((SELECT count(*) FROM found) - 1) / :size);

-- name: favourites
WITH found AS MATERIALIZED (
    SELECT job.id, max(favourite.created_at) AS place FROM favourite JOIN shown USING (job_id, cell)
    JOIN job ON job.id = favourite.job_id
    WHERE favourite.user_id = :user_id
        AND (:search IS NULL OR instr(casefold(prompt || char(10) || negative || char(10) || model), :search))
    GROUP BY favourite.job_id)
SELECT job.*, (SELECT count(*) FROM found) AS found FROM found JOIN job USING (id)
ORDER BY place DESC, number DESC
LIMIT :size OFFSET :size * min(:before, ((SELECT count(*) FROM found) - 1) / :size);

-- name: pictures_of_jobs
SELECT * FROM picture WHERE job_id IN (SELECT value FROM json_each(:job_ids)) ORDER BY job_id, cell;

-- name: shown_of_jobs
SELECT * FROM shown WHERE job_id IN (SELECT value FROM json_each(:job_ids)) ORDER BY job_id, cell;

-- name: favourites_of_jobs
SELECT shown.* FROM favourite JOIN shown USING (job_id, cell)
WHERE user_id = :user_id AND job_id IN (SELECT value FROM json_each(:job_ids))
ORDER BY job_id, cell;

-- name: delete_favourite
DELETE FROM favourite WHERE user_id = :user_id AND job_id = :job_id AND cell = :cell RETURNING cell;

-- name: insert_favourite
INSERT INTO favourite (user_id, job_id, cell, created_at)
SELECT :user_id, job_id, cell, :now FROM shown WHERE job_id = :job_id AND cell = :cell
ON CONFLICT DO NOTHING RETURNING cell;

-- name: by_message
SELECT * FROM job WHERE id IN (
    SELECT id FROM job WHERE placeholder_message_id = :message_id
    UNION ALL SELECT job_id FROM posting WHERE message_id = :message_id)
ORDER BY number DESC LIMIT 1;

-- name: delete_job
UPDATE job SET deleted_at = coalesce(deleted_at, :now)
WHERE id = :job_id AND state NOT IN ('queued', 'running') RETURNING id;

-- name: withdraw_review
DELETE FROM review WHERE job_id = :job_id AND decided_at IS NULL;

-- name: delete_pictures
DELETE FROM picture WHERE job_id = :job_id;

-- name: usage
SELECT coalesce(sum(drawn), 0) AS drawn, coalesce(sum(spent), 0) AS spent FROM job
WHERE user_id = :user_id AND created_at >= :since;
