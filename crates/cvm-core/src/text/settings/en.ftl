# Users, keys, the company, and what those who look after the installation see.

settings-title = Settings

## Users
settings-users = Users
settings-role = Role
settings-user-add = Add somebody
settings-user-add-lead = A password is made and shown once: hand it over, and ask them to change it.
settings-user-taken = Somebody has this e-mail address already.
settings-user-fault = Give an e-mail address and a name of 1 to 100 characters.
settings-last-admin = No administrator would be left. Make somebody else one first.
settings-disable = Disable
settings-enable = Enable
settings-disabled = cannot sign in
settings-password-reset = New password
settings-password-sure = Make a new password? The old one ends, and so do all sessions.
settings-password-made = The password
settings-shown-once = This is shown once. Copy it now.

## Keys
settings-keys = API keys
settings-keys-lead = A program calls the API with a key: Authorization: Bearer KEY.
settings-keys-none = There is no key yet.
settings-api-docs = The API, to read and to try
settings-key-add = Make a key
settings-key-make = Make the key
settings-key-made = The key
settings-key-fault = Give the key a name, something that it may do, and an end that lies ahead.
settings-key-expires = Ends after this day (empty: never)
settings-key-revoke = Revoke
settings-key-sure = Revoke this key for good?
settings-scopes = May
settings-scope-customers-read = See customers and their values
settings-scope-personal-read = See names and addresses
settings-scope-customers-write = Change customers
settings-scope-customers-erase = Erase persons
settings-scope-import = Import data
settings-scope-query = Ask in SQL
settings-scope-score = Compute values
settings-scope-sources-manage = Manage sources
settings-scope-audit-read = Read the audit
settings-scope-metrics-read = Read metrics of the server
settings-made-at = Made
settings-ends = Ends
settings-ended = ended

## Audit
settings-audit = Audit
settings-audit-none = Nothing fits.
settings-who = Who
settings-what = What
settings-subject = To what
settings-details = Details
settings-since = From
settings-until = To
settings-filter = Filter
settings-everybody = Everybody
settings-everything = Everything
settings-actor-system = the server
settings-actor-nobody = somebody not signed in

## Jobs
settings-jobs = Jobs
settings-jobs-lead = Work beside the requests: values, syncs, forgetting, tidying. A failed job is tried again with growing pauses.
settings-jobs-none = No job fits.
settings-due = Due
settings-job-ended = Ended
settings-job-waiting = Waiting
settings-job-running = Running
settings-job-done = Done
settings-job-failed = Failed
settings-job-cancelled = Cancelled
settings-job-cancel = Cancel

## The company
settings-company = Company
settings-company-name = Name
settings-company-name-hint = Shown at the top of every page.
settings-name-fault = A name has at most 100 characters.
settings-accent = Colour
settings-accent-teal = Teal
settings-accent-blue = Blue
settings-accent-violet = Violet
settings-accent-green = Green
settings-accent-rose = Rose
settings-file = From the settings file
settings-file-lead = These are changed by whoever runs the server, in the file
settings-setting = Setting
settings-value = Value
settings-currency = Currency
settings-timezone = Time zone
settings-schedule = When values are computed (cron)
settings-horizon = How far ahead values look
settings-margin = Margin on revenue
settings-keep-customers = Customers are kept
settings-keep-messages = Messages are kept
settings-for-ever = for ever
settings-days = { $days ->
        [one] one day
       *[other] { $days } days
    }

## How pages write for somebody
settings-calendar = Calendar
settings-calendar-usual = That of the language
settings-calendar-gregorian = Gregorian
settings-digits = Digits
settings-digits-usual = Those of the language
settings-digits-latin = 0 to 9
settings-scope-segments-read = See segments and their members
settings-scope-segments-write = Make and change segments
settings-scope-campaigns-read = See campaigns and what became of them
settings-scope-campaigns-edit = Make and change campaigns
settings-scope-campaigns-approve = Let campaigns start, and change who may be told something
settings-scope-offers-read = See offers and how they do
settings-scope-offers-write = Make and change offers
settings-scope-decisions-make = Ask what is best for a customer and tell what became of it
settings-scope-messages-deliver = Show, say and print messages, and report what became of them
settings-scope-alerts-edit = Set targets and alerts

## Webhooks
settings-webhooks = Webhooks
settings-webhooks-lead = Other systems are told by signed messages when an alert is raised or a target is reached.
settings-webhooks-none = No endpoint yet.
settings-webhook-add = Add an endpoint
settings-webhook-made = Secret of the endpoint
settings-webhook-url = Address
settings-webhook-url-hint = Encrypted, and of the public internet.
settings-webhook-fault = Give it a name of 1 to 100 characters, and an encrypted address of the public internet.
settings-webhook-off = switched off
settings-webhook-gone = switched off: it answered that it is gone
settings-webhook-sure = Remove this endpoint and what was sent to it?
settings-webhook-remove = Remove
settings-deliveries = What was sent
settings-deliveries-none = Nothing in the last 30 days.
settings-delivery-arrived = arrived
settings-delivery-waiting = is tried again
settings-delivery-failed = given up
settings-delivery-tries = Tries
settings-delivery-answer = Answer
settings-delivery-again = Send again

## Jobs: kinds and stages
job-score = Value of everybody
job-segments = Segments of everybody
job-conversions = Finding conversions
job-outcomes = Learning from outcomes
job-recommendations = Learning recommendations
job-campaign = Choosing a campaign's customers
job-results = Results
job-uplift = On whom a campaign works
job-plan = Plan
job-sync = Sync
job-forget = Forgetting customers
job-tidy = Tidying
job-tidy_lake = Tidying the lake
job-expire = Removing what was kept long enough
job-sample = Sample company
job-upload = Import of a file
job-webhook = Webhook
job-alerts = Alerts
job-alert_mail = Mail of an alert
job-waits = waits for its turn
job-at = { $stage }: { $far }
stage-values = Reading values
stage-acquisition = Looking at whom one won
stage-choices = Working out choices
stage-writing = Writing results
stage-attributes = Telling profiles
stage-lake = Going through the lake
stage-customers = Going through customers
stage-wiping = Wiping the disk
stage-persons = Taking over persons
stage-rules = Answering rules
stage-members = Noting who entered and left
stage-overlaps = Counting overlaps
stage-reading = Reading rows
stage-company = Making the company
stage-arriving = Taking in what arrived
stage-purchases = Purchases
stage-visits = Visits
stage-messages = Messages
stage-service = Complaints, surveys and costs
stage-results = Computing results
stage-learning = Learning
stage-products = Reading products
stage-alerts = Looking at figures
