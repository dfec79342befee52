"""What a customer's sentence is about and wants, told by all its words: a linear text classifier in four languages.

`examples/` has sentences by label, `scripts/train_classifier.py` turns them into `weights.bin`. Nothing is learnt
while the product runs, and nothing about a business is in it: that is what knowledge is for.
"""

from dynaris.classifier.reading import Reading, read, readings, sentences

__all__ = ["Reading", "read", "readings", "sentences"]
