"""Tests of the engine, on real diffusers pipelines with tiny random weights."""
