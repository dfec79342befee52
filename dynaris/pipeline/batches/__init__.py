"""Many events at once: a batch is durable rows, worked off one event at a time, by the worker or the command line."""
