"""NannyML's UnivariateDriftCalculator with a chunk a day; the reference stamped as ten days, or at the production rate."""

import exchange
import nannyml
import numpy as np
import pandas as pd

REFERENCES = {"NannyML, reference of 10 days": 25, "NannyML, reference at 100 a day": 100}


def frame(columns_by_day, kinds, start):
    lengths = [max(len(column) for column in columns) for columns in columns_by_day]
    whole = pd.DataFrame({"at": np.repeat(pd.date_range(start, periods=len(lengths)), lengths)})
    for index, kind in enumerate(kinds):
        values = np.concatenate([padded(columns[index], size) for columns, size in zip(columns_by_day, lengths)])
        whole[f"m{index}"] = values if kind == "score" else pd.Series(values).astype("Int64").astype("category")
    return whole


def padded(column, length):
    return np.concatenate([column, np.full(length - len(column), np.nan)])


def per_day(columns, size):
    days = int(np.ceil(max(len(column) for column in columns) / size))
    return [[column[day * size : (day + 1) * size] for column in columns] for day in range(days)]


def scores(table, names):
    """How many times the upper threshold the largest distance of a day is."""
    columns = [table[name]["jensen_shannon"] for name in names]
    values = [column["value"].to_numpy(dtype=float) for column in columns]
    limits = [column["upper_threshold"].to_numpy(dtype=float) for column in columns]
    ratios = [value / np.maximum(limit, 1e-9) for value, limit in zip(values, limits)]
    return np.nan_to_num(np.max(ratios, axis=0), nan=0.0)


pages = {name: {} for name in REFERENCES}
for identity, kinds, _, agents in exchange.scenarios():
    names = [f"m{index}" for index in range(len(kinds))]
    for name, size in REFERENCES.items():
        pages[name][identity] = []
        for reference, days in agents:
            before = frame(per_day(reference, size), kinds, pd.Timestamp("2024-01-01"))
            year = frame(days, kinds, pd.Timestamp("2024-03-01"))
            calculator = nannyml.UnivariateDriftCalculator(
                column_names=names, timestamp_column_name="at", chunk_period="D"
            ).fit(before)
            table = calculator.calculate(year).filter(period="analysis").to_df()
            alerts = [table[column].to_numpy(dtype=bool) for column in table.columns if column[-1] == "alert"]
            pages[name][identity].append(exchange.followed(np.flatnonzero(np.any(alerts, axis=0)), scores(table, names)))
exchange.write(pages)
