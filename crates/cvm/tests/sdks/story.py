"""A month of a sample company. story.py cut COMPANY FOLDER: the month's files. story.py send FOLDER URL WRITE_KEY: the same by SDKs."""

import datetime
import sys
from decimal import Decimal

import duckdb
import rudderstack.analytics as rudder
from segment.analytics.client import Client

FROM, TO = "2025-12-01", "2026-01-01"


def cut(company, folder):
    month = f"FROM '{company}/purchases.parquet' WHERE epoch_us(purchased_at) >= epoch_us(TIMESTAMP '{FROM}') " \
            f"AND epoch_us(purchased_at) < epoch_us(TIMESTAMP '{TO}')"
    duckdb.sql(f"COPY (SELECT * {month} ORDER BY purchased_at, order_id) TO '{folder}/purchases.parquet'")
    duckdb.sql(f"COPY (SELECT customer_id, email, phone, city FROM '{company}/customers.parquet' "
               f"WHERE customer_id IN (SELECT customer_id {month})) TO '{folder}/customers.parquet'")


def send(folder, url, write_key):
    failures = []
    segment = Client(write_key, host=url, on_error=lambda error, items: failures.append(f"segment: {error}"))
    rudder.write_key, rudder.dataPlaneUrl = write_key, url
    rudder.on_error = lambda error, items: failures.append(f"rudder: {error}")
    for customer, email, phone, city in duckdb.sql(f"SELECT * FROM '{folder}/customers.parquet'").fetchall():
        segment.identify(customer, {"email": email, "phone": phone, "city": city})
    orders = duckdb.sql(f"SELECT order_id, customer_id, epoch_us(purchased_at), return_of, currency, list((product_id, category, "
                        f"quantity, amount, cost)) FROM '{folder}/purchases.parquet' WHERE customer_id IS NOT NULL "
                        "GROUP BY ALL ORDER BY ALL").fetchall()
    for number, (order, customer, time, return_of, currency, lines) in enumerate(orders):
        time = datetime.datetime.fromtimestamp(time / 1e6, datetime.timezone.utc)
        products = [{"product_id": product, "category": category, "quantity": abs(quantity),
                     # Of money a JSON number is exact to the digits that are written; a price of one piece may need many.
                     "price": str(abs(amount) / abs(quantity)), "cost": str(abs(cost) / abs(quantity))}
                    for product, category, quantity, amount, cost in lines]
        properties = {"order_id": return_of or order, "currency": currency, "products": products,
                      "revenue": float(sum((abs(line[3]) for line in lines), Decimal(0)))}
        client = [segment, rudder][number % 2]
        client.track(customer, "Order Refunded" if return_of else "Order Completed", properties, timestamp=time)
    # The first customer, as a browser and a till know them.
    customer, email = duckdb.sql(f"SELECT customer_id, email FROM '{folder}/customers.parquet' WHERE email IS NOT NULL "
                                 f"ORDER BY customer_id LIMIT 1").fetchone()
    segment.track(None, "Product Viewed", {"product_id": "P1"}, anonymous_id="browser-1")
    segment.identify(customer, {"email": email}, anonymous_id="browser-1")
    segment.track(None, "Loyalty Card Shown", {}, {"traits": {"email": email.upper()}}, anonymous_id="till-7")
    segment.flush()
    segment.join()
    rudder.flush()
    rudder.shutdown()
    print(customer)
    sys.exit("\n".join(failures) or None)


{"cut": cut, "send": send}[sys.argv[1]](*sys.argv[2:])
