"""HubSpot, offline: contacts, lists, communication preferences, marketing e-mail statistics."""
