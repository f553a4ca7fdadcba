"""The faults of client clocks: which clock is wrong, why, and since when.

`inputs` (or `lake`) gives events device by device, `figures` measures each device, `classify` decides by
rules in a fixed order, `analysis` and `shares` make rows of it. `anomalies`, `changes`, `forest` and
`fallbacks` look at the same events from other sides. Nothing here writes, and no stored time is ever changed.
"""
