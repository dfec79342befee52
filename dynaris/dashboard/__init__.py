"""Views across packages: what the overview, the ledger and the navigation show. It reads, and changes nothing."""
