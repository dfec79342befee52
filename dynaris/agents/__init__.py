"""Who answers: the turn, the supervisor, the specialists and their tools."""
