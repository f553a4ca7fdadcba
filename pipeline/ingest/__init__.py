"""Bytes in, committed rows out: source, scout, cutter, kernel, stitch, run."""
