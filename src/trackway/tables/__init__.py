"""Any raw file becomes the two tables every step reads: sources, events, sessions, fills, facts."""
