"""What Atelier promises, as sentences that can fail."""
