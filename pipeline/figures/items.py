"""Items of check lists, judged: each rule asks a figure, a comparison, a query or a person's statement.

Nothing passes by what is missing: without data, over a hole, or before its time is over an item is NODATA,
and it says what it lacks. Nothing fails that may still recover: before its time is over that is WARN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pipeline import sql
from pipeline.figures import attested
from pipeline.figures.baselines import Baselines
from pipeline.figures.changes import Changes
from pipeline.figures.coverage import Coverage
from pipeline.figures.limits import point, rising
from pipeline.figures.spans import Span
from pipeline.summary import Figure, Item, Verdict

if TYPE_CHECKING:
    from pipeline.figures.comparisons import Change
    from pipeline.figures.counting import Counting


class Judge:
    """Judges items over one snapshot.

    Args:
        counting: counts figures and asks queries.
        figures: all of them.
    """

    def __init__(self, counting: Counting, figures: Sequence[Figure]) -> None:
        self._counting = counting
        self._figures = {figure.name: figure for figure in figures}
        self._coverage = Coverage(counting)
        self._changes = Changes(counting, figures)
        self._baselines = Baselines(counting, figures)

    @cached_property
    def _attested(self) -> dict[str, attested.Attested]:
        return attested.read(self._counting.settings.judging.attested, self._counting.zone)

    def item(self, rule: Mapping[str, Any], span: Span | None) -> Item:
        """Return an item, judged.

        Args:
            rule: as the list's file has it.
            span: the list's time; None where no release is known.
        """
        if "attest" in rule:
            return self._statement(rule)
        if span is None:
            return _item(rule, Verdict.NODATA, "no_release")
        if not span.has_begun:
            return _item(rule, Verdict.NODATA, "not_begun", since=self._told(span.since))
        if "query" in rule:
            return self._query(rule, span)
        if "surge" in rule:
            return self._surge(rule, span)
        if "slower" in rule:
            return self._change(rule, span, self._changes.latency(rule["slower"], rule["permille"], span))
        if "fewer" in rule:
            change = self._changes.counts(self._figures[rule["fewer"]], span)
            return self._change(rule, span, change, self._figures[rule["fewer"]])
        return self._figure(rule, span)

    def _statement(self, rule: Mapping[str, Any]) -> Item:
        said = self._attested.get(rule["attest"])
        if said is None:
            return _item(rule, Verdict.NODATA, "not_attested", item=rule["attest"])
        verdict = Verdict.PASS if said.holds else Verdict.FAIL
        return _item(rule, verdict, "attested", by=said.by, at=self._told(said.at), evidence=said.evidence)

    def _query(self, rule: Mapping[str, Any], span: Span) -> Item:
        query = sql.load("checks", rule["query"])
        chosen = {key: rule[key] for key in ("script",) if key in rule}
        found = self._counting.first_row(query, span.since, span.until, chosen)
        place = f"queries/checks/{query.name}.sql"
        passed = found.pop("passed") if found else None
        if found and "detail_ko" in found:
            found["detail"] = {"en": found["detail"], "ko": found.pop("detail_ko")}
            if passed is None:
                return _item(rule, Verdict.WARN, "open", query=place, **found)
        if found is None or passed is None:
            missing = {language: query.said("missing", language) for language in ("en", "ko")}
            return _item(rule, Verdict.NODATA, "unseen", query=place, missing=missing)
        return _item(rule, Verdict.PASS if passed else Verdict.FAIL, "seen", query=place, **found)

    def _figure(self, rule: Mapping[str, Any], span: Span) -> Item:
        figure = self._figures[rule["figure"]]
        found = point(figure, span.until.date(), self._counting.span(figure, span.since, span.until))
        limit, lower = _limit(rule, figure)
        numbers = {"value": found.value, "low": found.low, "high": found.high, "n": found.n, "limit": limit}
        query = f"queries/kpi/{figure.name}.sql"
        if found.value is None:
            reason = {None: "missing", 0: "empty"}.get(found.n, "few")
            told = {language: figure.said("missing", language) for language in ("en", "ko")}
            return _item(
                rule,
                Verdict.NODATA,
                reason,
                figure.unit,
                query=query,
                **numbers,
                missing=told,
                minimum=figure.minimum,
            )
        verdict, reason = _against(rule, found.value, found.low, found.high, limit, lower=lower)
        if verdict is Verdict.FAIL and not span.is_over:
            best = best_end(figure, found.value, span.share, lower=lower)
            lost = best is not None and (best > limit if lower else best < limit)
            verdict, reason = (verdict, "lost") if lost else (Verdict.WARN, "so_far")
        covered, ends = self._coverage.span(figure, span.since, span.until), self._told(span.ends)
        verdict, reason = self._held(verdict, reason, span, covered)
        return _item(rule, verdict, reason, figure.unit, query=query, **numbers, coverage=covered, ends=ends)

    def _surge(self, rule: Mapping[str, Any], span: Span) -> Item:
        """Return whether a day's count is more than the days before explain."""
        figure = self._figures[rule["surge"]]
        day = span.since.astimezone(self._counting.zone).date()
        measure = self._counting.days(figure, [day]).get(day)
        found = point(figure, day, measure)
        base = self._baselines.of(figure, [day], measure)
        limit = rising(figure, found, self._baselines.points(figure, base.days)) if base else None
        numbers = {"value": found.value, "low": found.low, "high": found.high, "n": found.n, "limit": limit}
        query = f"queries/kpi/{figure.name}.sql"
        if found.value is None or limit is None:
            texts = {language: figure.said("missing", language) for language in ("en", "ko")}
            reason = "missing" if found.value is None else "no_limit"
            return _item(rule, Verdict.NODATA, reason, figure.unit, query=query, **numbers, missing=texts)
        verdict = Verdict.FAIL if found.value > limit else Verdict.PASS
        return _item(rule, verdict, "value", figure.unit, query=query, **numbers)

    def _change(
        self, rule: Mapping[str, Any], span: Span, change: Change | None, figure: Figure | None = None
    ) -> Item:
        limit = float(rule["at_most"])
        if change is None:
            return _item(rule, Verdict.NODATA, "no_before", "change", limit=limit)
        if change.ratio is None:
            seen = {"n_before": change.n_before, "n_after": change.n_after}
            return _item(rule, Verdict.NODATA, "no_baseline", "change", limit=limit, **seen)
        verdict, reason = Verdict.WARN, "open"
        if change.high is not None and change.high <= limit:
            verdict, reason = Verdict.PASS, "changed"
        elif change.low is not None and change.low > limit:
            verdict, reason = (Verdict.FAIL, "changed") if span.is_over else (Verdict.WARN, "so_far")
        verdict, reason = self._held(verdict, reason, span, None)
        facts: dict[str, Any] = {
            "value": change.ratio,
            "low": change.low,
            "high": change.high,
            "n": change.n_after,
            "before": change.before,
            "after": change.after,
            "n_before": change.n_before,
            "limit": limit,
            "ends": self._told(span.ends),
            "counted": figure.unit if figure else "ms",
        }
        return _item(rule, verdict, reason, "change", **facts)

    def _told(self, instant: datetime) -> datetime:
        """Return an instant as people are told it: in the reporting zone."""
        return instant.astimezone(self._counting.zone)

    def _held(self, verdict: Verdict, reason: str, span: Span, covered: float | None) -> tuple[Verdict, str]:
        """Return NODATA in the place of a PASS that stands on a part of the time only."""
        if verdict is not Verdict.PASS:
            return verdict, reason
        if not span.is_over:
            return Verdict.NODATA, "not_over"
        if covered is not None and covered < self._counting.settings.judging.least_coverage:
            return Verdict.NODATA, "hole"
        return verdict, reason


def _limit(rule: Mapping[str, Any], figure: Figure) -> tuple[float, bool]:
    """Return the rule's limit, and whether lower is better."""
    if "at_least" in rule:
        return float(rule["at_least"]), False
    if "at_most" in rule:
        return float(rule["at_most"]), True
    limit = figure.fail if figure.fail is not None else figure.warn
    return limit or 0.0, figure.direction == "lower"


def _against(
    rule: Mapping[str, Any], value: float, low: float | None, high: float | None, limit: float, *, lower: bool
) -> tuple[Verdict, str]:
    """Return the verdict on a value: a danger is raised only by a whole interval beyond the limit."""
    is_beyond = value > limit if lower else value < limit
    if not is_beyond:
        return Verdict.PASS, "value"
    nearest = low if lower else high
    if rule.get("surely") and nearest is not None and not (nearest > limit if lower else nearest < limit):
        return Verdict.WARN, "open"
    return Verdict.FAIL, "value"


def best_end(figure: Figure, value: float, share: float, *, lower: bool) -> float | None:
    """Return the value at the end of a time if nothing bad comes any more; None where that is not known.

    Counts and maxima never fall again. A share takes as many rows an hour for the rest as there were so far.

    Args:
        figure: whose value it is.
        value: of the time so far.
        share: how much of the time that is, 0 to 1.
        lower: whether lower is better.
    """
    if figure.merge == "share":
        return value * share if lower else 1 - (1 - value) * share
    return value if lower and figure.merge in {"sum", "max"} else None


_FIELDS = ("value", "low", "high", "n", "limit", "source", "line_no", "query")


def _item(rule: Mapping[str, Any], verdict: Verdict, reason: str, unit: str = "ratio", **facts: Any) -> Item:
    """Return an item: what has a field of its own goes there, the rest fills the gaps of its reason."""
    own = {name: facts.pop(name) for name in _FIELDS if name in facts}
    return Item(rule["key"], rule["title"], verdict, reason, facts, unit=unit, **own)
