"""The store: the only importer of sqlalchemy. Tables, migrations, and one module of functions per subject."""
