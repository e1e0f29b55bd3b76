"""Every call of both Python SDKs, as their documentation shows them: send.py URL WRITE_KEY"""

import sys

import rudderstack.analytics as rudder
from segment.analytics.client import Client

url, write_key = sys.argv[1:]
failures = []

segment = Client(write_key, host=url, on_error=lambda error, items: failures.append(f"segment: {error}"))
segment.identify("segment-python", {"email": "ada@example.org", "age": 36})
segment.track("segment-python", "Order Completed", {"order_id": "1", "total": 12.5, "currency": "PLN"})
segment.page("segment-python", "Shop", "Cart", {"url": "https://shop.example/cart"})
segment.screen("segment-python", "Shop", "Cart")
segment.group("segment-python", "family", {"size": 4})
segment.alias("segment-python-old", "segment-python")
segment.flush()
segment.join()

rudder.write_key = write_key
rudder.dataPlaneUrl = url
rudder.on_error = lambda error, items: failures.append(f"rudder: {error}")
rudder.identify("rudder-python", {"email": "alan@example.org"})
rudder.track("rudder-python", "Order Completed", {"order_id": "2", "total": 7})
rudder.page("rudder-python", "Shop", "Cart", {"url": "https://shop.example/cart"})
rudder.screen("rudder-python", "Shop", "Cart", {})
rudder.group("rudder-python", "family", {"size": 4})
rudder.alias("rudder-python-old", "rudder-python")
rudder.flush()
rudder.shutdown()

sys.exit("\n".join(failures) or None)
