"""The only place with SQL: the database, its migrations, the durable queue and the picture files."""
