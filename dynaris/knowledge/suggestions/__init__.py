"""Questions that had no answer become proposals for the FAQ, which a person decides on."""
