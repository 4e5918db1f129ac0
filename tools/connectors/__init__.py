"""One vendor a folder: a reader for everybody, a writer for the executor, and what both speak through.

Only these modules know a vendor. They depend on nothing of each other.
"""
