"""The product's tools: what marketers can ask for, the vendors behind it, and their offline twin.

Not a folder of developer scripts. A tool answers or plans; it never changes anything. See
`knowledge/handbook/architecture.md` for the rooms and for where a new line goes.
"""
