"""What becomes of mail that nobody should answer: the shared samples through the mail channel's own reader."""


def noise_table() -> str:
    return ""
