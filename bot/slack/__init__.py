"""The surface on Slack: events in, cards and answers out. The only importer of slack_bolt and slack_sdk."""
