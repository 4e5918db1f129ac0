"""What marketing-operations experts know, as pure functions: no I/O, no clock, no vendor."""
