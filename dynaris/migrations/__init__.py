"""Alembic's history, inside the package so that the wheel has it."""
