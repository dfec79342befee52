"""Hearing and speaking: by the providers that an agent names, or with nothing but what is installed here."""
