"""Local stand-ins for the outside world, so that the product runs, is rehearsed and is tested without any account."""
