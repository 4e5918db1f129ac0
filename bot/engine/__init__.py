"""What happens to a `ToolCall` once it is asked for: policy, approval, clearance, run, landing, undo, audit."""
