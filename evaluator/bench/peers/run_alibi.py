"""alibi-detect's TabularDrift day by day at p < 0.05, Bonferroni over the columns as is its default."""

import exchange
import numpy as np
from alibi_detect.cd import TabularDrift

NAME = "alibi-detect TabularDrift"


def table(columns):
    length = min(len(column) for column in columns)
    return np.column_stack([column[:length] for column in columns])


pages = {NAME: {}}
for identity, kinds, _, agents in exchange.scenarios():
    categories = {index: None for index, kind in enumerate(kinds) if kind != "score"}
    pages[NAME][identity] = []
    for reference, days in agents:
        before = table(reference)
        detector = TabularDrift(before, p_val=0.05, categories_per_feature=categories)
        drifted, scores = [], []
        for day, columns in enumerate(days):
            today = table(columns)
            if len(today) == 0:
                scores.append(0)
                continue
            answer = detector.predict(today)["data"]
            scores.append(exchange.surprise(answer["p_val"].tolist()))
            if answer["is_drift"] == 1:
                drifted.append(day)
        pages[NAME][identity].append(exchange.followed(drifted, scores))
exchange.write(pages)
