"""The assistant: words in, tool calls out, replies back."""
