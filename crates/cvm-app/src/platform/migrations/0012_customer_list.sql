-- One row a person who is known by more than a browser, or who has bought: by these they are listed and found. A row is made
-- anew in the change that changes the person. Of who is no more, number and change are left, so that servers hear of it.
CREATE TABLE customer_list (
    number BIGINT NOT NULL PRIMARY KEY, -- never given twice
    customer TEXT, -- who survives; null for who is no more
    changed BIGINT NOT NULL, -- the change of customers (customer_changes)
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT NOT NULL,
    words TEXT NOT NULL, -- what they are found by, folded, one piece a line
    attributes TEXT NOT NULL, -- JSON: {name: value} of those by which lists are narrowed
    consents TEXT NOT NULL, -- JSON: ["purpose/channel"] of those given
    suppressed BIGINT -- since when it is known that they are not to be contacted
);
CREATE UNIQUE INDEX customer_list_by_customer ON customer_list (customer);
CREATE INDEX customer_list_by_change ON customer_list (changed, number);

-- Who was there before the list is put on it in the order of ids. While there is a row, not all are.
CREATE TABLE customer_list_filling (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    after TEXT NOT NULL
);
INSERT INTO customer_list_filling (id, after) VALUES (1, '');

-- What somebody wrote down about a customer.
CREATE TABLE customer_notes (
    id TEXT NOT NULL PRIMARY KEY,
    customer TEXT NOT NULL,
    author TEXT NOT NULL, -- the user's id
    time BIGINT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX customer_notes_by_customer ON customer_notes (customer, time);

-- Filters and order of the list, kept under a name.
CREATE TABLE customer_views (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL, -- the user's id
    name TEXT NOT NULL,
    query TEXT NOT NULL, -- as in the address
    shared_at BIGINT, -- since when all see it
    created_at BIGINT NOT NULL
);
CREATE INDEX customer_views_by_owner ON customer_views (owner);
