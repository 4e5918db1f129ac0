"""What happens to a `ToolCall` once asked for: policy, approval, clearance, run, landing, undo, audit."""
