"""From rows of core to figures: what counts, evidence, official values, notes."""
