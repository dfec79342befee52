"""Tenants, their members, sign-in, API keys and settings."""
