"""Files and web pages as documents: their versions, how they are read, and what became of it."""
