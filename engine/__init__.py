"""One thread that turns picture requests into pictures; it knows no Discord, no SQL and no user."""
