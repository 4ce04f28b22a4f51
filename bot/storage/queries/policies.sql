-- name: rules
SELECT * FROM rule WHERE guild_id = :guild_id ORDER BY layer, target_id, setting;

-- name: set_rule
REPLACE INTO rule (guild_id, layer, target_id, setting, value)
VALUES (:guild_id, :layer, :target_id, :setting, :value);

-- name: delete_rules
DELETE FROM rule
WHERE guild_id = :guild_id AND (:layer IS NULL OR layer = :layer)
    AND (:target_id IS NULL OR target_id = :target_id) AND (:setting IS NULL OR setting = :setting)
RETURNING setting;

-- name: know_again
UPDATE OR REPLACE rule SET target_id = :user_id
WHERE guild_id = :guild_id AND layer = 'user' AND target_id = :stand_in;
