"""A person is forgotten: where traces stand, and how they are replaced."""
