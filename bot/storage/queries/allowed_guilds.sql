-- name: allowed_guilds
SELECT guild_id FROM allowed_guild;

-- name: allow_guild
INSERT INTO allowed_guild (guild_id, created_at) VALUES (:guild_id, :now) ON CONFLICT DO NOTHING RETURNING guild_id;

-- name: disallow_guild
DELETE FROM allowed_guild WHERE guild_id = :guild_id RETURNING guild_id;
