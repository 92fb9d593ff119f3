"""From a file to rows of core: landing, gate, readers, recognition, checks, the one writer."""
