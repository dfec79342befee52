"""Setting a business up: the staff's checklist, which looks for itself what is done, and a message to try it with."""
