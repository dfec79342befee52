"""A workspace's accounts on channels and connectors: encrypted secrets, health."""
