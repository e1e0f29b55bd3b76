"""Reads metrics with Prometheus' own parser, which refuses what breaks the rules; prints [name, labels, value] of each."""

import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

families = list(text_string_to_metric_families(sys.stdin.read()))
print(json.dumps([[sample.name, sample.labels, sample.value] for family in families for sample in family.samples]))
