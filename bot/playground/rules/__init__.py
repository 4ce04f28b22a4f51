"""What Discord checks in a body before it accepts it, and the 50035 it answers otherwise."""
