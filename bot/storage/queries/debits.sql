-- name: used
SELECT
    (SELECT at FROM debit WHERE member = :member AND guild_id = :guild_id AND requests > 0
     ORDER BY at DESC LIMIT 1) AS last_at,
    (SELECT coalesce(sum(requests), 0) FROM debit
     WHERE member = :member AND guild_id = :guild_id AND at >= :hour_start) AS hour,
    (SELECT coalesce(sum(milliseconds), 0) FROM debit
     WHERE member = :member AND guild_id = :guild_id AND at >= :day_start) AS day_ms,
    (SELECT count(*) FROM job WHERE user_id = :user_id AND state = 'queued') AS waiting_of_member,
    (SELECT count(*) FROM job WHERE lane = :lane AND state = 'queued') AS waiting_in_lane,
    (SELECT count(*) FROM job WHERE guild_id IS nullif(:guild_id, 0) AND state = 'queued') AS waiting_in_guild,
    (SELECT count(*) FROM job WHERE state = 'queued') AS waiting_in_all,
    EXISTS (SELECT 1 FROM guild WHERE id = :guild_id AND halt = 'draining') AS draining;

-- name: insert_debit
INSERT INTO debit (id, member, guild_id, at, requests, milliseconds)
VALUES (:id, :member, :guild_id, :now, :requests, :milliseconds);

-- name: reset_debits
DELETE FROM debit WHERE member = :member AND guild_id = :guild_id AND at >= :since;

-- name: forget_debits
DELETE FROM debit WHERE at < :before;
