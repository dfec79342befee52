"""What was used, what it cost by the prices that held then, and by which of them."""
