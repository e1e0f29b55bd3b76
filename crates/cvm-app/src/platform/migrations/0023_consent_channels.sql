-- Channels of consents by their one name: a no to `phone` is a no to calls. Whoever has such a consent has changed, so that the lake and
-- other servers hear of it.
UPDATE customer_changes SET changes = changes + 1 WHERE id = 1 AND EXISTS
    (SELECT 1 FROM customer_consents WHERE channel IN ('phone', 'telephone', 'voice', 'post', 'letter'));
INSERT INTO customer_changed (customer, change)
    SELECT DISTINCT survivor, (SELECT changes FROM customer_changes WHERE id = 1)
    FROM customers JOIN customer_consents ON customer_consents.customer = customers.id
    WHERE channel IN ('phone', 'telephone', 'voice', 'post', 'letter')
    ON CONFLICT (customer) DO UPDATE SET change = excluded.change;
UPDATE customer_consents SET channel = 'call' WHERE channel IN ('phone', 'telephone', 'voice');
UPDATE customer_consents SET channel = 'print' WHERE channel IN ('post', 'letter');
UPDATE customer_list SET consents = replace(replace(consents, '/phone"', '/call"'), '/post"', '/print"'),
    changed = (SELECT changes FROM customer_changes WHERE id = 1)
    WHERE consents LIKE '%/phone"%' OR consents LIKE '%/post"%';
