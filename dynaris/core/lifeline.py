"""How children of `dynaris up` learn that it is gone, however it went: a pipe that closes with it."""

LIFELINE = "DYNARIS_LIFELINE_FD"  # the reading end's number, in the children's environment
