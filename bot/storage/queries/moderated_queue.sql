-- name: set_halt
UPDATE guild SET halt = :halt WHERE id = :guild_id;

-- name: halt_of
SELECT halt FROM guild WHERE id = :guild_id;

-- name: clear
UPDATE job SET state = 'cancelled', reason = :reason, finished_at = :now
WHERE guild_id IS nullif(:guild_id, 0) AND state = 'queued'
RETURNING *;

-- name: move
UPDATE job SET rank = (
    SELECT iif(:first, min(rank) - 1, max(rank) + 1) FROM job AS other
    WHERE other.guild_id IS job.guild_id AND other.state = 'queued')
WHERE id = :job_id AND state = 'queued' RETURNING id;

-- name: decide_review
UPDATE review SET decided_at = :now, approved = :approved
WHERE job_id = :job_id AND decided_at IS NULL RETURNING job_id;

-- name: reject
UPDATE job SET state = 'refused', reason = :reason WHERE id = :job_id AND state = 'ready';
