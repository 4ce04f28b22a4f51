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
