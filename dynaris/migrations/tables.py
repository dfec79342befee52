"""All tables of the product, loaded into one metadata: for migrations, merges and the tenancy test."""

import dynaris.agents.models
import dynaris.approvals.models
import dynaris.billing.models
import dynaris.calls.models
import dynaris.connections.models
import dynaris.connections.phone_mapping.models
import dynaris.contacts.models
import dynaris.conversations.models
import dynaris.core.models
import dynaris.evals.models
import dynaris.knowledge.models
import dynaris.knowledge.search_models
import dynaris.notifications.models
import dynaris.onboarding.models
import dynaris.outbox.models
import dynaris.people.models
import dynaris.pipeline.models
import dynaris.privacy.models
import dynaris.scheduling.invitation_models
import dynaris.scheduling.models
import dynaris.sla.models
import dynaris.templates.models
import dynaris.workspaces.models  # noqa: F401
from dynaris.core.tables import metadata

__all__ = ["metadata"]
