"""Who asks, what they may ask, when it is their turn, and how the answer is delivered."""
