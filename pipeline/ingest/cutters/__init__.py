"""Bytes cut into blocks at the bounds of records, so that blocks can be parsed apart."""
