"""Contacts that may be one person: found, shown with reasons, and what people said of them."""
