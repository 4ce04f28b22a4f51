"""The database, the queue and the picture files, on real SQLite."""
