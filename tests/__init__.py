"""Tests mirror `dynaris/`; `flows/` tells whole stories."""
