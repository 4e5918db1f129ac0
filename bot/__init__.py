"""Clearance: surfaces, conversation, engine and store. `bot.app` wires the parts; nothing else does."""
