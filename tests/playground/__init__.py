"""The playground against the real discord.py."""
