"""river's stream detectors at their defaults, item by item, the reference first; a page is a day with a detection."""

import exchange
from river import drift

DETECTORS = {
    "river ADWIN": lambda kind: drift.ADWIN(),
    "river PageHinkley": lambda kind: drift.PageHinkley(),
    "river DDM": lambda kind: drift.binary.DDM() if kind == "binary" else None,
}


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


pages = {name: {} for name in DETECTORS}
for identity, kinds, agents in exchange.scenarios():
    for name, make in DETECTORS.items():
        pages[name][identity] = [days_of(make, kinds, reference, days) for reference, days in agents]
exchange.write(pages)
