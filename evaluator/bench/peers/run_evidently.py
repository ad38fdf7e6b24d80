"""Evidently's DataDriftPreset day by day: the test it selects for each column, at its own threshold."""

import exchange
import pandas as pd
from evidently.legacy.calculations.stattests import get_stattest
from evidently.legacy.core import ColumnType

TYPES = {"score": ColumnType.Numerical, "binary": ColumnType.Categorical, "categorical": ColumnType.Categorical}
DATASET_SHARE = 0.5

ANY, DATASET = "Evidently, any column", "Evidently, dataset drift"
pages = {ANY: {}, DATASET: {}}
for identity, kinds, agents in exchange.scenarios():
    pages[ANY][identity], pages[DATASET][identity] = [], []
    for reference, days in agents:
        frozen = [pd.Series(column) for column in reference]
        shares = []
        for columns in days:
            drifted = 0
            for before, today, kind in zip(frozen, columns, kinds):
                now = pd.Series(today)
                if before.empty or now.empty:
                    continue
                test = get_stattest(before, now, TYPES[kind], None)
                drifted += bool(test(before, now, TYPES[kind], None).drifted)
            shares.append(drifted / len(kinds))
        pages[ANY][identity].append([day for day, share in enumerate(shares) if share > 0])
        pages[DATASET][identity].append([day for day, share in enumerate(shares) if share >= DATASET_SHARE])
exchange.write(pages)
