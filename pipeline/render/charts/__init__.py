"""Charts as inline SVG: no script, no style attribute, nothing fetched.

Each says in words what it shows; the numbers stand beside it in text or in a table.
"""

from pipeline.render.charts.bars import Bar, bars, budget
from pipeline.render.charts.heat import heat
from pipeline.render.charts.lines import Limit, Mark, Series, lines
from pipeline.render.charts.spark import sparkline

__all__ = ["Bar", "Limit", "Mark", "Series", "bars", "budget", "heat", "lines", "sparkline"]
