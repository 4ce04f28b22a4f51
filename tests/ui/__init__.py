"""Tests of what members read and press."""
