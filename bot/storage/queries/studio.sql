-- name: studio
SELECT * FROM studio;

-- name: set_studio
REPLACE INTO studio (key, value) VALUES (:key, :value);

-- name: reset_studio
DELETE FROM studio WHERE key = :key;
