"""One reader for each kind of file: bytes to blocks. They run in the child process only (`documents/child.py`)."""
