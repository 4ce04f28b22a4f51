"""The rules of the house in pure Python: no input, no output."""
