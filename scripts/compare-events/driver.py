"""Reads one case a line, answers true or false: whether moto finds that the event matches the pattern."""

import itertools
import json
import sys

from moto.events.models import EventPattern


def choices(value):
    """The values with one element of each list of objects: moto does not look into those lists."""
    if isinstance(value, dict):
        for members in itertools.product(*map(choices, value.values())):
            yield dict(zip(value, members))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for element in value:
            yield from choices(element)
    else:
        yield value


for line in sys.stdin:
    case = json.loads(line)
    pattern = EventPattern("", case["pattern"])
    print(json.dumps(any(map(pattern.matches_event, choices(case["event"])))))
