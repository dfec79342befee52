"""The reference: the least honest code for the same work, against which the product's cost is stated.

Bare Starlette, psycopg and procrastinate; one pending job per contact, no coalescing, no tenancy, no journal.
"""
