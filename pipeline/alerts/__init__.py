"""Alarms: verdicts in, messages out. Each rule is a file, `queries/alerts/<name>.sql`.

A night's verdicts move each rule's state (`machine`); what changed is written down together with the
messages to send (`store`), then sent (`delivery`), then marked as sent. So a night that is run again is
silent, and what a channel did not take is tried by the next run.
"""
