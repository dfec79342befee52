"""The public page of a workspace on which anybody books, without an account and without JavaScript."""
