"""The benchmark: what the product costs, as ratios against a reference measured in the same run."""
