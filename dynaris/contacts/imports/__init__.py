"""Contacts from a CSV file: read, looked at in a dry run, applied row by row, and undone."""
