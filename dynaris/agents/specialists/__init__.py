"""One small file per specialist: purpose, tools, prompt."""
