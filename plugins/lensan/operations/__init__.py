"""What the DAGs call and what keeps a home running."""
