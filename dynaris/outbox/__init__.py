"""The table of what is to be sent; only `pipeline/deliver.py` drains it."""
