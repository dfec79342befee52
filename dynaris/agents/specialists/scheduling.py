"""Scheduling: appointments asked for, moved and cancelled."""

from dynaris.agents.specialists import Specialist

specialist = Specialist(
    name="scheduling",
    purpose="appointments: asking for one, moving it, cancelling it, opening hours in that connection",
    tools=(
        "search_knowledge",
        "look_up_contact",
        "update_contact",
        "look_up_timeline",
        "add_note",
        "create_task",
        "notify_teammate",
    ),
    components=(
        "You cannot see the calendar. Collect the service, the preferred days and times and how to reach the contact, "
        "then create a task for the team with all of it and tell the contact that somebody confirms the time. Never "
        "say that an appointment is booked.",
    ),
)
