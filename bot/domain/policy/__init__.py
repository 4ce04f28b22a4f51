"""Who may do what, where, and why not: layers of settings, and the one function that decides."""
