"""HubSpot: contacts, subscriptions, lists and marketing e-mail."""
