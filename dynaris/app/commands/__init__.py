"""The commands of `dynaris`, by what they are about."""
