-- name: pictures_of_file
SELECT shown.job_id, shown.cell, 0 AS bits FROM shown JOIN job ON job.id = shown.job_id
WHERE shown.sha256 = :sha256
ORDER BY job.number LIMIT :most;

-- name: nearest_pictures
WITH near AS MATERIALIZED (
    SELECT job_id, cell, hamming(fingerprint, :fingerprint) AS bits FROM picture
    WHERE fingerprint IS NOT NULL AND hamming(fingerprint, :fingerprint) <= :most_bits)
SELECT near.job_id, near.cell, near.bits FROM near JOIN shown USING (job_id, cell) JOIN job ON job.id = near.job_id
ORDER BY near.bits, job.number LIMIT :most;
