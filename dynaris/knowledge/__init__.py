"""What the business knows: sources, passages, search."""
