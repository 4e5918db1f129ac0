"""The tools people can ask for, one file per subject; nothing in here knows a vendor's field names."""
