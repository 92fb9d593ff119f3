"""From figures to a frozen report and its files; tracing, export, dictionary."""
