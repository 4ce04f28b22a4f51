"""The safety check: does a picture show what the owner's checker knows? A verdict, and never a black picture."""
