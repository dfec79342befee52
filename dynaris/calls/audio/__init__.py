"""Sound on its way between a call and an agent session: telephone code, what the caller says, what we play."""
