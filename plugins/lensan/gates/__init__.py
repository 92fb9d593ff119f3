"""The quality gates: what was checked, what failed, whom it stops."""
