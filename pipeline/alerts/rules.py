"""Rules: which verdict of which figure raises an alarm, how grave it is, and what may be done.

A rule's file names them in its header; its SQL finds the raw lines that show what happened:

- `figure`: whose verdict is looked at; `fires`: WARN or FAIL, that verdict or a graver one is bad.
- `severity`: critical or warning; `for`: bad days in a row before it fires.
- `title`, `advice`: texts with `.ko` twins; `measure`: the user's command that may help, or none.
- `needs`: the views that its SQL reads; `also`: other figures whose pages show the same lines.
- columns `ts, source, line_no, what`: the lines, the newest first, or by `weight`, the greatest first;
  parameters `since`, `until`, and those of figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline import sql
from pipeline.config.alerts import SEVERITIES, Alerts, RuleChange
from pipeline.errors import ContractFault
from pipeline.summary import Verdict


@dataclass(frozen=True)
class Rule:
    """A rule with the settings' changes; `bad_days` in a row make it fire."""

    query: sql.Query
    figure: str
    fires: Verdict
    severity: str
    bad_days: int
    measure: str | None

    @property
    def name(self) -> str:
        """The rule's name: that of its file."""
        return self.query.name

    @property
    def critical(self) -> bool:
        """Whether it is the gravest kind."""
        return self.severity == "critical"

    def said(self, key: str, language: str) -> str:
        """Return a text of the header in the language."""
        return self.query.said(key, language)


def rules(alerts: Alerts) -> tuple[Rule, ...]:
    """Return the rules that are on, critical ones first, then by name.

    Raises:
        ContractFault: one of our rule files is malformed.
    """
    found = [_rule(sql.load("alerts", name), alerts.rules) for name in sql.names("alerts")]
    on = [rule for rule in found if alerts.rules.get(rule.name, RuleChange()).enabled]
    return tuple(sorted(on, key=lambda rule: (SEVERITIES.index(rule.severity), rule.name)))


def _rule(query: sql.Query, changes: Mapping[str, RuleChange]) -> Rule:
    keys = query.keys
    changed = changes.get(query.name, RuleChange()).bad_days
    try:
        severity, fires = keys["severity"], Verdict(keys["fires"])
        SEVERITIES.index(severity), (Verdict.WARN, Verdict.FAIL).index(fires)
        return Rule(
            query=query,
            figure=sql.load("kpi", keys["figure"]).name,
            fires=fires,
            severity=severity,
            bad_days=int(keys["for"]) if changed is None else changed,
            measure=None if keys["measure"] == "none" else keys["measure"],
        )
    except (KeyError, ValueError) as error:
        raise ContractFault(f"queries/alerts/{query.name}.sql: {error}") from error
