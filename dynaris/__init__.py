"""Dynaris: every inquiry a business gets, answered on its own channel, and on one timeline."""

__version__ = "0.1.0"
