"""Research: questions that need several sources put together."""

from dynaris.agents.specialists import Specialist

specialist = Specialist(
    name="research",
    purpose="longer questions that need several passages or earlier conversations put together, or a comparison",
    tools=("search_knowledge", "look_up_contact", "look_up_timeline", "add_note", "create_task", "notify_teammate"),
    components=(
        "Search more than once, with different words. Say which source each statement comes from, and what you did "
        "not find.",
    ),
)
