# What stands behind the figures: sources, imports, runs, tables; and the first visit.

facts-title = Data

## Words that many of these pages share
facts-name = Name
facts-about = About
facts-source = Source
facts-reason = Reason
facts-records = Records
facts-record = Record
facts-when = When
facts-day = Day
facts-events = Events
facts-customers = Customers
facts-state = State
facts-stored = Stored
facts-refused = Refused
facts-known-before = Known before
facts-files = Files
facts-actions = Actions
facts-add = Add
facts-copy = Copy
facts-show = Show
facts-show-all = Show all
facts-more = Next page
facts-never = Never
facts-as-table = As a table
facts-kind-customers = Customers
facts-kind-transactions = Transactions
facts-kind-events = Events
facts-kind-calls = SDK calls

## Sources
facts-sources = Sources
facts-sources-lead = Every shop, app or till sends with a write key of its own. The key lets one send and nothing else.
facts-sources-none = There is no source yet. Add one below and give its write key to the SDK.
facts-source-add = Add a source
facts-source-added = The source was added; its write key is in the list:
facts-source-close = Close
facts-source-close-sure = Close this source for good? What it sends will be refused; what it sent stays.
facts-source-taken = There is, or was, a source of this name. Choose another.
facts-source-name-fault = A name has 1 to 100 characters.
facts-write-key = Write key
facts-last-event = Last received
facts-nothing-lately = nothing in two weeks
facts-events-two-weeks = In two weeks
facts-events-a-day = Received a day

## Rejected records
facts-rejected = Rejected
facts-rejected-none = Nothing was rejected
facts-rejected-none-lead = What cannot be taken is kept here with its reason, to be tried again.
facts-rejected-why = Why
facts-rejected-lead = Choose a reason to see its records. They are kept for 90 days.
facts-rejected-records = Rejected records
facts-record-hidden = shown to those who may see personal data
facts-refused-in-file = { $reason }, line { $line } of { $file }
facts-replay = Try again
facts-replay-all = Try these again (up to 1,000)
facts-replayed = Taken: { $taken }. Refused again: { $refused }.

## Imports and syncs
facts-intake = Imports and syncs
facts-syncs = Syncs
facts-syncs-lead = A sync reads on in a table of another database, or in files of a bucket. It is written into the settings file cvm.toml:
facts-syncs-none = There is none yet. Add a table like this one and restart the server:
facts-last-run = Last run
facts-run-now = Run now
facts-imports = Imports
facts-imports-lead = Files that were stored. An import that stopped goes on where it was.
facts-imports-none = No file was imported yet. On the server, this imports one:
facts-began = Began
facts-finished = Finished
facts-unfinished = Not finished

## Runs
facts-runs = Scoring runs
facts-runs-lead = Each run computes the value of every customer anew. The first of the list is the one that is shown.
facts-runs-none = Nothing was computed yet. It can be done as soon as there are orders.
facts-runs-quality = Difference: purchases predicted against those made, on data that the model had not seen. Bounds: the share of customers whose spending lay within their 90% bounds.
facts-run-as-of = As of
facts-run-ended = Computed
facts-run-day = Look back to a day (today if empty)
facts-run-day-fault = Choose a day up to today.
facts-run-start = Compute now
facts-by-schedule = by schedule
facts-by-command = by the command line
facts-by-user = asked for by a user
facts-model = Model
facts-missed = Difference
facts-covered = Within bounds
facts-report = Report
facts-report-open = Open

## Tables of the lake, and SQL
facts-tables = Tables
facts-tables-lead = What the server keeps, as Delta tables that any tool can read.
facts-table-messages = Everything that came in
facts-table-order_lines = What events say of orders, line by line
facts-table-transactions = What is left of every order after returns
facts-table-owners = Whose each identifier is, and from when until when
facts-table-customer_values = What everyone was worth at every run
facts-table-people = What is known of everybody, for segments; SQL does not ask it
facts-table-rows = { $rows ->
        [one] One row
       *[other] { $rows } rows
    }
facts-table-files = { $files ->
        [one] one file
       *[other] { $files } files
    }
facts-table-look = Look inside
facts-columns = Columns
facts-column = Column
facts-type = Type
facts-meaning = Meaning
facts-sql = SQL
facts-sql-title = Ask in SQL
facts-sql-lead = One statement that reads. Who asked what is kept in the audit.
facts-sql-statement = Statement
facts-sql-ask = Ask
facts-sql-answer = Answer
facts-sql-limits = Up to { $rows } rows and { $seconds } seconds.
facts-sql-cut = There are more rows than are shown. The CSV file has up to 100,000.
facts-sql-empty = No row fits.
facts-sql-examples = Examples
facts-sql-example-months = Revenue by month
facts-sql-example-tiers = Value by tier
facts-sql-example-funnel = Persons by step
facts-sql-example-events = Events by name

## The first visit
facts-start-title = Welcome
facts-start-lead = In a few minutes you will see what your customers are worth. Choose how to begin.
facts-start-known = Data are here already.
facts-start-sample = Look around in a sample company
facts-start-sample-lead = 5,000 invented customers with two years of purchases, visits, messages and complaints. It takes a minute or two.
facts-start-sample-load = Load the sample company
facts-start-loading = Loading the sample company
facts-start-failed = The sample company could not be loaded:
facts-start-connect = Connect a shop or an app
facts-start-connect-lead = Point an SDK of Segment or RudderStack here; nothing else changes in your code.
facts-start-ask-key = An administrator can tell you the write key.
facts-start-files = Bring files, or read a database
facts-start-files-lead = Files of any size are stored on the server by a command:
facts-upload-title = A file
facts-upload-lead = CSV, NDJSON or Parquet, also packed, up to 256 MiB. You see what was recognised before anything is stored.
facts-upload-about = The rows are about
facts-upload-file = The file
facts-upload-bring = Look at it
facts-upload-none = Choose a file first.
facts-upload-recognised = What was recognised
facts-upload-recognised-lead = Correct what was taken for something else. Nothing is stored yet.
facts-upload-dates = How dates are written
facts-upload-decimal = How numbers are written
facts-upload-by-looking = found by looking
facts-upload-store = Store the rows
facts-upload-look-again = Look again
facts-upload-storing = Storing the rows
facts-upload-done = The file was read to its end.
facts-upload-another = Another file
facts-role-phone = Telephone
facts-role-card = Loyalty card
facts-role-event = Event
facts-start-intake = See imports and syncs
facts-start-values = Then see what everyone is worth
facts-start-values-lead = Values are computed every night; they can be computed at once as soon as there are orders.
facts-step-waiting = Waiting for its turn
facts-step-company = Making the company
facts-step-customers = Storing customers
facts-step-purchases = Storing purchases
facts-step-visits = Storing visits
facts-step-messages = Storing messages
facts-step-service = Storing complaints and answers
facts-step-arriving = Finding out who is who
facts-step-values = Computing what everyone is worth, for now and for earlier months

## What columns of tables say
message-column-message_id = The sender's id of the message; unique within a source
message-column-source = The source that sent it
message-column-type = identify, track, page, screen, group or alias
message-column-name = The event, page or screen
message-column-funnel_step = How near to buying it is, by the e-commerce specification, as in product_added
message-column-user_id = The sender's id of a known person
message-column-anonymous_id = The sender's id of a device
message-column-group_id = The group joined
message-column-previous_id = The id that is another name of user_id
message-column-timestamp = When it happened, the sender's clock corrected
message-column-received_at = When it was received
message-column-traits = Traits, a JSON object
message-column-properties = Properties, a JSON object
message-column-context = Circumstances, a JSON object
message-column-batch = The batch of the inbox it came in
order-column-message_id = The message that tells of it
order-column-user_id = The sender's id of a known person
order-column-anonymous_id = The sender's id of a device
order-column-step = completed, updated, refunded or cancelled
order-column-takes_all_back = Whether all that is left of the order is taken back
order-column-received_at = When it was received
order-column-batch = The batch of the inbox it came in
buyer-column-customer_id = Who bought
line-column-order_id = The seller's number of the order
line-column-timestamp = When it was bought, or given back
line-column-line = The line within the order, from 1
line-column-product = The product's id, else its SKU, else its name
line-column-category = The product's category
line-column-quantity = How many; negative when given back
line-column-amount = What the customer pays, without tax and shipping; negative when given back
line-column-discount = What price times quantity is more than the amount
line-column-cost = What the line cost the seller; empty where nobody said
line-column-currency = ISO 4217
line-column-coupon = The coupon used
line-column-source = The source that told of it
owner-column-identifier = user_id:.. or anonymous_id:..
owner-column-customer_id = Whose it is
owner-column-since = Messages of this time and later; empty from the beginning
owner-column-until = Messages before this time; empty to the end
run-column-run = The scoring run
run-column-as_of = The last day that the run looked at
person-column-first_seen_at = When the customer was first seen
person-column-last_seen_at = When the customer was last seen
person-column-attributes = What is known of the customer, a JSON object; attribute(attributes, 'city') reads one

## Trial of a sync
trial-title = Trial of the sync
trial-try = Try
trial-again = Try again
trial-works = The source answers, and its rows can be read.
trial-fails = The source cannot be read.
trial-lead = Nothing is stored by a trial. What is wrong is mended in the configuration file, under the sync's name.
trial-becomes = Becomes
trial-example = For example
trial-not_read = not read
trial-rows = First rows
trial-no_rows = There are no rows yet that are old enough.
trial-would_store = would be stored
trial-hidden = You may not see persons, so values are not shown.
