"""Measurements that an owner can repeat; each returns a report of named figures."""
