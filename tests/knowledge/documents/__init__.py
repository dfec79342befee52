"""Documents: files of every kind, hostile ones too, versions, limits and the way through the queue."""
