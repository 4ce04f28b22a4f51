-- When every message that showed a deleted job's pictures was emptied, or found gone; what was deleted before this
-- version counts as withdrawn.
ALTER TABLE job ADD COLUMN withdrawn_at INTEGER;

UPDATE job SET withdrawn_at = deleted_at WHERE deleted_at IS NOT NULL;

CREATE INDEX job_unwithdrawn ON job (number) WHERE deleted_at IS NOT NULL AND withdrawn_at IS NULL;
