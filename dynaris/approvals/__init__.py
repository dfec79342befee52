"""A person says yes, no, or "yes, but like this" before something leaves or changes."""
