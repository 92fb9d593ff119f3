"""Blank forms for the districts."""
