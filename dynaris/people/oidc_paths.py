"""Where a browser leaves for the provider, and where it comes back."""

DEPART = "/auth/oidc"
CALLBACK = "/auth/oidc/callback"
