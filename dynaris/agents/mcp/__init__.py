"""Servers of tools (MCP) that a workspace gives its agents."""
