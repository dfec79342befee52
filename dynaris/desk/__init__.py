"""The agent desktop: what people do with whole conversations, one or many at once."""
