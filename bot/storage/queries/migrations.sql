-- name: applied_migrations
SELECT number, name, sha256 FROM migration ORDER BY number;

-- name: record_migration
INSERT INTO migration (number, name, sha256, applied_at) VALUES (:number, :name, :sha256, :now);
