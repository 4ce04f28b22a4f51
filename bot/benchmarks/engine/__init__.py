"""The engine against what bots do with diffusers, in one process and one run."""
