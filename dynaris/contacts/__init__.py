"""People, their addresses, and merging."""
