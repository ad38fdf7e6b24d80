"""Evidently's DataDriftPreset day by day: the test it selects for each column, at its own threshold."""

import exchange
import pandas as pd
from evidently.legacy.calculations.stattests import get_stattest
from evidently.legacy.core import ColumnType

TYPES = {"score": ColumnType.Numerical, "binary": ColumnType.Categorical, "categorical": ColumnType.Categorical}
DATASET_SHARE = 0.5

ANY, DATASET = "Evidently, any column", "Evidently, dataset drift"
pages = {ANY: {}, DATASET: {}}
for identity, kinds, _, agents in exchange.scenarios():
    pages[ANY][identity], pages[DATASET][identity] = [], []
    for reference, days in agents:
        frozen = [pd.Series(column) for column in reference]
        shares, scores = [], []
        for columns in days:
            drifted, p_values = 0, []
            for before, today, kind in zip(frozen, columns, kinds):
                now = pd.Series(today)
                if before.empty or now.empty:
                    continue
                test = get_stattest(before, now, TYPES[kind], None)
                # with a baseline of at most 1000 items every test that it selects answers with a p-value
                result = test(before, now, TYPES[kind], None)
                drifted += bool(result.drifted)
                p_values.append(float(result.drift_score))
            shares.append(drifted / len(kinds))
            scores.append(exchange.surprise(p_values))
        pages[ANY][identity].append(exchange.followed([day for day, share in enumerate(shares) if share > 0], scores))
        pages[DATASET][identity].append(
            exchange.followed([day for day, share in enumerate(shares) if share >= DATASET_SHARE])
        )
exchange.write(pages)
