"""Figures in numbers: what each is, how it is counted, over which days, and what it is compared with."""
