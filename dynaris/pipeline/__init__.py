"""The flow: everything between an arrival and its outcome."""
