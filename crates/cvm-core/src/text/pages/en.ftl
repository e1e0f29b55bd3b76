# The pages. Short: people read them every day.

## The frame
page-overview = Overview
page-value = Value
page-profit = Profit
page-account = Your account
page-search = Search customers: name, e-mail, phone, id
page-language = Language
page-theme = Light or dark
page-help = Keyboard help
page-keys = Keys
page-menu = Main menu
page-close = Close
page-sign_out = Sign out
page-save = Save
page-number_wanted = Write a number without separators of thousands, like 1234.5.
page-saved = Saved.
page-copied = Copied
page-failed = That did not work. Try again, or reload the page.
page-as_of = As of { $date }
page-error-bad = This does not work as asked
page-error-forbidden = Not open to you
page-error-missing = Nothing here
page-error-conflict = This cannot be now
page-error-later = Not right now
page-error-ours = Something went wrong here
page-error-home = To the overview

## Signing in
login-title = Sign in
login-email = E-mail
login-password = Password
login-wrong = The e-mail or the password is wrong.
login-too_often = Too many attempts. Wait a few minutes and try again.
login-elsewhere = Sign in with your company's account

## Users
role-admin = Administrator
role-analyst = Analyst
role-marketer = Marketer
role-service_agent = Service agent
role-viewer = Viewer
account-name = Name
account-sessions = Where you are signed in
account-sessions-lead = Change your password if there is a browser that you do not know.
account-since = Since
account-seen = Last used
account-browser = Browser
account-here = this browser

## The base
insights-nothing = No values yet
insights-nothing-lead = Values come with the first scoring run: send orders by an SDK or import a file, then compute the values.
insights-span = { $from } to { $to }
insights-days = { $days } days
insights-from = From
insights-to = To
insights-compare = Compared with
insights-compare-before = the days right before
insights-compare-year = the same days a year before
insights-compare-other = days of your choice
insights-compare-none = nothing
insights-other_from = Compared from
insights-other_to = Compared to
insights-show = Show
insights-compared = Compared
insights-period = In the period
insights-to_come = What is to come
insights-trend = Revenue over the period
insights-day = Day
insights-week = Week from
insights-before = before: { $value }
insights-new = new
insights-points = { $points } points
insights-more = { $change } more
insights-less = { $change } less
insights-as_before = as before
insights-revenue = Revenue
insights-revenue-meaning = What customers paid, returns taken off
insights-orders = Orders
insights-orders-meaning = Orders of the period
insights-buyers = Buyers
insights-buyers-meaning = Customers who ordered
insights-new_buyers = New buyers
insights-new_buyers-meaning = Their first order ever
insights-order_value = Average order value
insights-order_value-meaning = Revenue by orders
insights-frequency = Purchase frequency
insights-frequency-meaning = Orders of a buyer
insights-repeat = Repeat rate
insights-repeat-meaning = Buyers who had ordered before, or ordered again
insights-retention = Retention
insights-retention-meaning = Of the buyers of as many days before, those who came back
insights-churn = Not returned
insights-churn-meaning = Of the buyers of as many days before, those who did not come back
insights-conversion = Visitor to buyer
insights-conversion-meaning = Of visitors, those who ordered
insights-cart = Cart to purchase
insights-cart-meaning = Of those with something in the cart, those who ordered
insights-engaged = Active people
insights-engaged-meaning = Who visited, ordered, opened or clicked

## Funnels
page-funnels = Funnels
funnels-page = Viewed a page
funnels-screen = Viewed a screen
funnels-lead = How many of those who begin come to each next step, counted from their first time at the first one.
funnels-picture = People by step
funnels-step = Step
funnels-step-none = no further step
funnels-people = People
funnels-of_first = Of the first step
funnels-of_before = Of the step before
funnels-took = Time since, in the middle
funnels-source = Source
funnels-within = Days from the first step to the last
funnels-by = Tell apart
funnels-channel = Channel
funnels-not_said = not said
funnels-segment = Segment
funnels-against = Compare with
funnels-everybody = everybody
funnels-members = Members are those of now ({ $time }), for the whole period: whoever has left a segment since is not counted, whoever has entered is, with all that they did.
funnels-picture-shares = Share of those who began, by step
funnels-empty-segment = Nothing was heard of members of the segment in this period.
funnels-empty-segment-lead = Choose other days or another segment.
funnels-engagement = What people did
funnels-what = Event
funnels-times = Times
funnels-each = Times each
funnels-empty = Nothing was heard of anybody in this period.
funnels-empty-lead = Choose other days, or point the SDK of your shop or app here: visits, carts and orders then show up within seconds.
duration = { $unit ->
    [second] { $count ->
        [one] { $count } second
       *[other] { $count } seconds
    }
    [minute] { $count ->
        [one] { $count } minute
       *[other] { $count } minutes
    }
    [hour] { $count ->
        [one] { $count } hour
       *[other] { $count } hours
    }
   *[day] { $count ->
        [one] { $count } day
       *[other] { $count } days
    }
}

## Segments
page-segments = Segments
page-next = Next
segments-page_lead = Rules that say who belongs together; kept up to date by themselves.
segments-new = New segment
segments-name = Name
segments-description = What it is for
segments-rule = Who belongs to it
segments-size = Size
segments-customers = customers
segments-share = Share
segments-value = value to come
segments-each = Value each
segments-compare = Compare segments
segments-compare_with = Compare with
segments-first = First segment
segments-second = Second segment
segments-found = Groups found in the data
segments-found-lead = Found by behaviour, with no rules given. Save one as a segment to work with it.
segments-make = Save as a segment
segments-edit = Change
segments-delete = Delete
segments-delete-question = Delete this segment? Its history goes too; the customers stay.
segments-computed = Computed
segments-waiting = The members of this rule are being computed.
segments-sizes = Size over time
segments-members = Members
segments-nobody = Nobody fits this rule now.
segments-who = Customer
segments-clv = CLV
segments-p_alive = P(alive)
segments-tier = Value tier
segments-revenue = Revenue so far
segments-last = Last purchase
segments-since = Member since
segments-moves = Who came and went
segments-when = When
segments-what = What
segments-entered = came in
segments-left = left
segments-overlap = In common with other segments
segments-other = Segment
segments-in_both = In both
segments-of_this = Of this one
segments-of_other = Of the other
segments-versions = Earlier rules
segments-version = Version
segments-tiers = By value tier
segments-rfm = By RFM segment
segments-alive = Probably still customers
segments-once = Bought on one day only
builder-group = Group
builder-which = Of these conditions
builder-all = all hold
builder-any = any holds
builder-not = does not hold
builder-field = What is known of them
builder-did = What they did
builder-sequence = One thing after another
builder-not_followed = One thing, then not another
builder-consent = Consent
builder-segment = In a segment
builder-sql = SQL condition
builder-json = Rule as JSON
builder-take = Take this rule
builder-is = is
builder-value = Value
builder-value2 = and
builder-event = Event
builder-times = How often
builder-days = In the last days
builder-property = Of which
builder-spending = Spent in all
builder-purchase = bought
builder-visit = visited
builder-first = First
builder-then = Then
builder-then_not = Then not
builder-within = Within days
builder-for_days = For days
builder-purpose = Purpose
builder-channel = Channel
builder-granted = given
builder-denied = refused
builder-unknown = never said
builder-remove = Remove
builder-values = Value and behaviour
builder-attributes = Attributes
builder-profile = Profile
builder-nothing = Fill in a condition to see whom it fits.
builder-count = Count
builder-counting = Counting …
builder-unfinished = Not finished: left out for now.
builder-no_day = Expected a day, like 2026-01-31.
builder-no_json = This is no condition.
builder-not_saved = Not saved: finish or remove the conditions marked below.
op-equals = is
op-one_of = is one of (with commas)
op-contains = contains
op-starts_with = starts with
op-above = above
op-at_least = at least
op-below = below
op-at_most = at most
op-exactly = exactly
op-between = between
op-on = on
op-before = before
op-after = after
op-in_last_days = in the last days
op-more_than_days_ago = more than days ago
op-in_next_days = in the next days
op-birthday_in_days = anniversary within days
op-is_set = is known
op-is_not_set = is not known
customer-no_segments = In no segment now.

## From tier to tier
tiers-flow = From tier to tier
tiers-said = { $up ->
    [one] { $up } customer
   *[other] { $up } customers
} moved up, { $down } moved down, { $new } new.
tiers-since = Since
tiers-before = Tier before
tiers-now = Tier now
tiers-clv-before = CLV before
tiers-clv-now = CLV now
tiers-not_yet = not yet a customer
tiers-gone = no longer a customer
tiers-up = moved up
tiers-down = moved down
tiers-same = stayed, came or went

## Profit
profit-sums = How the profit comes about
profit-sums-how = Serving comes from events of costs, winning from the attribute of the customer; where neither is sent, it counts as nothing.
profit-margin = Margin
profit-served = Cost to serve
profit-won = Cost of winning
profit-net = Profit
profit-discounts = Discounts
profit-returns = Given back
profit-unknown-title = Costs are not known
profit-whale = Whale curve
profit-whale-lead = The best { $share } of customers bring { $peak }; those behind them take { $loss } of it away.
profit-whale-none = Nobody takes away from what the best bring.
profit-share-of-customers = Share of customers, the most profitable first
profit-cumulative = Profit so far along the curve
profit-share-of-all = Of all profit
profit-worklist = Customers who bring a loss, and what to do
profit-worklist-lead = { $customers ->
    [one] { $customers } customer brings a loss: { $loss }.
   *[other] { $customers } customers bring a loss: { $loss } in all.
}
profit-all = All
profit-nobody = Nobody is on this list.
profit-shown = { $shown } of { $all } are shown, the largest losses first; the file has all.
profit-cause-goods = sold below what it cost
profit-cause-discounts = discounts take the margin
profit-cause-returns = much comes back
profit-cause-service = serving costs more than the margin
profit-cause-acquisition = what winning them cost has not come back yet
profit-do-reprice = Reprice
profit-do-reprice-how = The goods are sold below their cost: raise the price, or sell others to them.
profit-do-incentives = Fewer incentives
profit-do-incentives-how = Without discounts there would be a margin: offer less, or something that costs less.
profit-do-returns = Curb returns
profit-do-returns-how = Much comes back: help choose, charge for returns, or look at what is returned.
profit-do-channel = Cheaper channel
profit-do-channel-how = They buy, but serving them is dear: lead them to the app, the web shop, or pick-up.
profit-do-contacts = Fewer contacts
profit-do-contacts-how = Little is to be expected: spend no more on calls, mailings and coupons.
profit-do-time = Give it time
profit-do-time-how = They are expected to pay back what winning them cost.
profit-do-let_go = Let go gracefully
profit-do-let_go-how = They are as good as gone: stop spending, stay friendly, and keep the door open.
profit-segment-name = Name of the segment
profit-segment-save = Save these as a segment
profit-segment-about = From the list of customers who bring a loss, as of { $day }.
profit-segment-fault = Choose a name of 1 to 100 characters that no other segment has.

## Acquisition
acquisition-title = Winning customers
acquisition-lead = What a customer is worth against what winning one cost. From three times the cost on it is good; below once, each costs more than they bring.
acquisition-no_channels = No customer has the attribute acquisition_channel, so all count as won by one unknown channel.
acquisition-no_spend = Nobody has entered yet what was spent.
acquisition-nobody = Nobody was won in these months.
acquisition-by_channel = By channel
acquisition-by_month = By month and channel
acquisition-all_months = All months
acquisition-last_year = The last 12 months
acquisition-how = Worth is the margin so far and the lifetime value expected from now on. Payback follows how all customers of the same first month have bought, and then the forecast.
acquisition-picture = Worth of a customer and cost of winning one, by channel
acquisition-unknown = unknown
acquisition-channel = Channel
acquisition-month = Month
acquisition-won = Customers won
acquisition-spend = Spent
acquisition-cac = Cost of one
acquisition-value = Worth of one
acquisition-so_far = Margin so far
acquisition-to_come = Still expected
acquisition-ratio = Worth to cost
acquisition-payback = Payback
acquisition-highest = Highest paying cost
acquisition-profit = Worth less cost
acquisition-loss = loss
acquisition-at_once = at once
acquisition-in = month { $month }
acquisition-expected = expected in month { $month }
acquisition-not = not within the forecast
acquisition-enter = What was spent
acquisition-enter-lead = The channel as the customers' attribute names it. What was entered before of the same month and channel is replaced; 0 takes it away.
acquisition-many = Enter many at once
acquisition-table = Month, channel and amount, a row a line, as a spreadsheet copies them
acquisition-fault-row = Enter a month as in 2026-01, a channel, and an amount of 0 or more.
acquisition-fault-line = Line { $line } cannot be read: expected a month as in 2026-01, a channel, and an amount.
