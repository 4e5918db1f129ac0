"""Offline Salesforce, Marketo and SendGrid over HTTP on loopback, seeded with believable people and traps.

The twin serves the vendors' documented shapes and enforces what they enforce (batch maxima, quotas, error
bodies, read-only fields, sync lag). It shares no code with the connectors: the two can agree only by the
vendors' contract. Where a behaviour is our assumption and not documented, the code beside it says so.
"""
