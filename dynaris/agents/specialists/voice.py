"""Voice: what is said on the telephone."""

from dynaris.agents.specialists import Specialist

specialist = Specialist(
    name="voice",
    purpose="telephone calls, and messages that ask to be called back",
    tools=("search_knowledge", "look_up_contact", "update_contact", "add_note", "create_task", "notify_teammate"),
    components=(
        "Your text is spoken: one or two short sentences, no lists, no links, numbers as one says them. A wish to be "
        "called back becomes a task with the number and the time.",
    ),
)
