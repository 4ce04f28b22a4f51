-- name: preferences
SELECT * FROM preference WHERE user_id = :user_id;

-- name: set_preferences
REPLACE INTO preference (user_id, model, aspect, count, locale, suffix, remix, notify, private, auto_dm)
VALUES (:user_id, :model, :aspect, :count, :locale, :suffix, :remix, :notify, :private, :auto_dm);

-- name: shortcuts
SELECT name, flags FROM shortcut WHERE user_id = :user_id ORDER BY name;

-- name: set_shortcut
REPLACE INTO shortcut (user_id, name, flags)
SELECT :user_id, :name, :flags
WHERE (SELECT count(*) FROM shortcut WHERE user_id = :user_id AND name <> :name) < :most
RETURNING name;

-- name: delete_shortcut
DELETE FROM shortcut WHERE user_id = :user_id AND name = :name RETURNING name;

-- name: forget_drafts
DELETE FROM draft WHERE created_at < :before;

-- name: insert_draft
INSERT INTO draft (id, user_id, words, created_at) VALUES (:id, :user_id, :words, :now);

-- name: take_draft
DELETE FROM draft WHERE id = :draft_id AND user_id = :user_id RETURNING words;

-- name: insert_report
INSERT INTO report (user_id, job_id, guild_id, channel_id, message_id, reason, created_at)
VALUES (:user_id, :job_id, :guild_id, :channel_id, :message_id, :reason, :now)
ON CONFLICT (user_id, message_id) DO UPDATE SET
    reason = excluded.reason,
    created_at = iif(decided_at IS NULL, created_at, excluded.created_at),
    decided_at = NULL,
    approved = NULL;
