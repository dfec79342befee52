"""Stand-ins for parts of the product, used where the real one would hide what is tested."""
