"""Who answers on a number: an AI agent or a team, at which hours (AgentPhoneMapping)."""
