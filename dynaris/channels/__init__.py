"""The edge: one folder per channel, each talking to its provider and to nobody else."""
