"""The people who use Dynaris: sign-up, sign-in, invitations, staff."""
