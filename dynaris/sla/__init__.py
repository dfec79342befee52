"""SLA policies and the clocks that run by them: until the first answer, the next one, and the end of a conversation."""
