"""The audit events by which readers and writers tell the watcher of a stage what they touch."""

READ, WRITTEN, SECTION = "trackway.read", "trackway.write", "trackway.settings"
