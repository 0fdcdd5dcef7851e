"""What everything rests on: errors, paths, locks, progress, escaping. Imports nothing of ours."""
