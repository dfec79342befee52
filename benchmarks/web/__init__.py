"""What the screens weigh and how fast they are."""
