"""The twin's SendGrid v3: suppressions, global unsubscribes, marketing contacts and their jobs."""
