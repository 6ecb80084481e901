"""The watcher: one loop for each network, which scans blocks and makes deposits of what they pay us."""
