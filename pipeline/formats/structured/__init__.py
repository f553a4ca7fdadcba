"""Formats whose records are values, not lines: exports, measurements, pages, tables. A module each."""
