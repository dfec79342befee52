"""Web pages and sites: fetched politely, visited again, and read like any other document."""
