"""What a caller feels: how soon they are answered, how soon our voice is quiet when they speak, what a call costs."""
