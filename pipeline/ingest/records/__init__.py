"""The kernel: a block's bytes become rows, records, columns. Pure."""
