-- Channels of consents by their one name: a no to `phone` is a no to calls.
UPDATE customer_consents SET channel = 'call' WHERE channel IN ('phone', 'telephone', 'voice');
UPDATE customer_consents SET channel = 'print' WHERE channel IN ('post', 'letter');
UPDATE customer_list SET consents = replace(replace(consents, '/phone"', '/call"'), '/post"', '/print"')
    WHERE consents LIKE '%/phone"%' OR consents LIKE '%/post"%';
