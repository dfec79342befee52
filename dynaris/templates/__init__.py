"""Texts that a provider approved beforehand: fetched from it, chosen and filled."""
