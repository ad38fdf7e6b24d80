"""Reads the traffic that every detector of the benchmark sees, and writes the days on which a package says drift."""

import json
import sys
from pathlib import Path

import numpy as np


def scenarios():
    """Yields (id, metric kinds, directions, agents); an agent is (reference, days), lists of columns of known values."""
    folder = Path(sys.argv[1])
    for scenario in json.loads((folder / "scenarios.json").read_text()):
        runs, per_day, size = scenario["runs"], scenario["perDay"], scenario["baselineItems"]
        before, after = (columns_of(scenario[side]) for side in ("before", "after"))
        items = np.fromfile(folder / scenario["items"], dtype="<i4").reshape(-1, size + runs * per_day)
        agents = []
        for row in items[: scenario["agents"][Path(sys.argv[0]).stem]]:
            reference = [known(column, row[:size]) for column in before]
            days = []
            for day in range(runs):
                own = row[size + day * per_day : size + (day + 1) * per_day]
                days.append([known(column, own) for column in (before if day + 1 < scenario["changeRun"] else after)])
            agents.append((reference, days))
        yield scenario["id"], scenario["kinds"], scenario["directions"], agents


def columns_of(pool):
    return [np.array([np.nan if value is None else value for value in column], dtype=float) for column in pool]


def known(column, items):
    values = column[items]
    return values[~np.isnan(values)]


def followed(pages, scores=None):
    """One agent: the 0-based days with a page and, where the package has one, a score of drift for every day."""
    agent = {"pages": [int(day) for day in pages]}
    if scores is not None:
        agent["scores"] = [round(float(score), 6) for score in scores]
    return agent


def surprise(p_values):
    """Score of a day with several tests: -log10 of the smallest p-value, Bonferroni over the tests."""
    return -np.log10(max(min(p_values) * len(p_values), 1e-300)) if p_values else 0.0


def write(pages):
    """`pages`: detector -> scenario id -> the agents."""
    Path(sys.argv[2]).write_text(json.dumps(pages))
