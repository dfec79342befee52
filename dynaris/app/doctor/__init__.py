"""Is the installation well, and what is to be done where it is not: small checks, each with its remedy."""
