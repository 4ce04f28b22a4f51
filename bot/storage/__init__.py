"""The only place with SQL: the database, the durable queue, what members keep, and the picture files."""
