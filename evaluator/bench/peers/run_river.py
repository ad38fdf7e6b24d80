"""river's stream detectors at their defaults, item by item, the reference first; a page is a day with a detection."""

import exchange
from river import drift

DETECTORS = {
    "river ADWIN": lambda kind: drift.ADWIN(),
    "river PageHinkley": lambda kind: drift.PageHinkley(),
    "river DDM": lambda kind: drift.binary.DDM() if kind == "binary" else None,
}


# what a detection of ADWIN on a metric with a better side means: its window forgets the older items, so its mean moves
def is_worse(direction, before, after):
    return direction == "none" or (after < before) == (direction == "higher-better")


def worsening_days(kinds, directions, reference, days):
    """ADWIN with the question that pages answer: a detection counts unless the mean moved to the better side."""
    pages = set()
    for column, direction in enumerate(directions):
        detector = drift.ADWIN()
        for value in reference[column]:
            detector.update(value)
        for day, columns in enumerate(days):
            for value in columns[column]:
                before = detector.estimation
                detector.update(value)
                if detector.drift_detected and is_worse(direction, before, detector.estimation):
                    pages.add(day)
    return sorted(pages)


def days_of(make, kinds, reference, days):
    pages = set()
    for column, kind in enumerate(kinds):
        detector = make(kind)
        if detector is None:
            continue
        # DDM counts errors, and 1 is a good outcome here
        is_error = kind == "binary" and isinstance(detector, drift.binary.DDM)
        for value in reference[column]:
            detector.update(1 - value if is_error else value)
        for day, columns in enumerate(days):
            for value in columns[column]:
                detector.update(1 - value if is_error else value)
                if detector.drift_detected:
                    pages.add(day)
    return sorted(pages)


WORSENING = "river ADWIN, improvements left out"
pages = {name: {} for name in [*DETECTORS, WORSENING]}
for identity, kinds, directions, agents in exchange.scenarios():
    for name, make in DETECTORS.items():
        pages[name][identity] = [exchange.followed(days_of(make, kinds, *agent)) for agent in agents]
    pages[WORSENING][identity] = [exchange.followed(worsening_days(kinds, directions, *agent)) for agent in agents]
exchange.write(pages)
