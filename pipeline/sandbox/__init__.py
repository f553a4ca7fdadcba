"""SQL that is not ours, in a process of its own with walls around it.

    with Desk(lake_root, limits) as desk:
        desk.lay(snapshot.files, "Asia/Seoul")
        for batch in desk.ask("SELECT count(*) AS n FROM events"): ...

`walls` says what the kernel refuses, `child` runs behind them, `wire` is the way between, `spill` its folder;
`process` holds the limits, `desk` is what others use, `arrow` loads what takes the rows. Nothing is imported
here: the child would pay for the parent's half.
"""
