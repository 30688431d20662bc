"""Who works on an incident: commander, responders, roles for this incident, and cover (R-ROL)."""
