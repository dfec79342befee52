"""When the story of a conversation is told on: what is older than its last messages, in short, for later turns."""

TAIL = 6  # the last messages, which no story covers
MOST_UNTOLD = 16  # messages of a running conversation that its story may lack
STORY_JOB = "agents.story.v1"  # handled by `story_telling.tell`
