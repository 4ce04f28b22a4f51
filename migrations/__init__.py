"""The database schema, one numbered SQL file for each step; a released step is never changed."""
