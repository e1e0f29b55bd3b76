# Plain, exact English. Numbers arrive formatted; `{ $count }` and other plain numbers also choose the plural.

## Lengths of time
span-today = today
span-ago = { $unit ->
    [day] { $count ->
        [one] { $count } day ago
       *[other] { $count } days ago
    }
    [week] { $count ->
        [one] { $count } week ago
       *[other] { $count } weeks ago
    }
    [month] { $count ->
        [one] { $count } month ago
       *[other] { $count } months ago
    }
   *[year] { $count ->
        [one] { $count } year ago
       *[other] { $count } years ago
    }
}
span-every = { $unit ->
    [day] { $count ->
        [one] every day
       *[other] every { $count } days
    }
    [week] { $count ->
        [one] every week
       *[other] every { $count } weeks
    }
    [month] { $count ->
        [one] every month
       *[other] every { $count } months
    }
   *[year] { $count ->
        [one] every year
       *[other] every { $count } years
    }
}
span-for = { $unit ->
    [day] { $count ->
        [one] for { $count } day
       *[other] for { $count } days
    }
    [week] { $count ->
        [one] for { $count } week
       *[other] for { $count } weeks
    }
    [month] { $count ->
        [one] for { $count } month
       *[other] for { $count } months
    }
   *[year] { $count ->
        [one] for { $count } year
       *[other] for { $count } years
    }
}
span-next = { $unit ->
    [day] { $count ->
        [one] over the next day
       *[other] over the next { $count } days
    }
    [week] { $count ->
        [one] over the next week
       *[other] over the next { $count } weeks
    }
    [month] { $count ->
        [one] over the next month
       *[other] over the next { $count } months
    }
   *[year] { $count ->
        [one] over the next year
       *[other] over the next { $count } years
    }
}

## Why a customer is where they are
reason-new = new: first bought { $since }
reason-once = bought once, { $since }
reason-on_time = buys { $every }, last bought { $since }
reason-silent = bought { $every }, silent { $silent }
reason-returned = returned as much as they bought
reason-spend_high = { $times ->
    [one] spends { $times } time the average
   *[other] spends { $times } times the average
}
reason-spend_low = spends half the average or less
reason-join = { $rhythm }; { $spend }

## RFM segments and what to do about them
segment-champions = Champions
segment-loyal = Loyal
segment-potential_loyalists = Potential loyalists
segment-new_customers = New customers
segment-promising = Promising
segment-need_attention = Need attention
segment-about_to_sleep = About to sleep
segment-at_risk = At risk
segment-cannot_lose = Cannot lose them
segment-hibernating = Hibernating
segment-lost = Lost
action-champions = Thank them and ask for reviews and referrals. Show them new products first; do not give discounts, they buy at full price.
action-loyal = Offer the next product up and a loyalty benefit that grows with spend. Ask what they miss in the range.
action-potential_loyalists = Help the habit form: recommend what goes with their last purchases and invite them to the loyalty programme.
action-new_customers = Welcome them and help them use what they bought. The second purchase decides, so give a reason for it within weeks.
action-promising = Stay in touch with useful content and a small, time-limited reason to come back.
action-need_attention = Remind them with a personal offer based on past purchases, before the habit breaks.
action-about_to_sleep = Send a reminder with popular products or a modest discount; stop if there is no answer.
action-at_risk = Win them back with a personal message and a good offer, and ask what went wrong.
action-cannot_lose = Call or write in person; they used to be among the best. Find out why they left, and make an offer worth their past value.
action-hibernating = Only cheap contact: a seasonal reminder or a newsletter. Compare with a control group before spending more.
action-lost = Spend nothing on them by default; include them in one broad win-back test at most.

## Value tiers
tier-platinum = Platinum
tier-gold = Gold
tier-silver = Silver
tier-bronze = Bronze

## Segments: names of fields
field-first_purchase = first purchase
field-last_purchase = last purchase
field-frequency = repeat purchases
field-recency_days = days from first to last purchase
field-age_days = days since the first purchase
field-monetary = mean repeat purchase
field-revenue = revenue
field-returns = returns
field-profit = profit
field-r_score = recency score
field-f_score = frequency score
field-m_score = monetary score
field-rfm_segment = RFM segment
field-p_alive = probability of still being a customer
field-expected_purchases = expected purchases
field-expected_spend = expected spending
field-clv = customer lifetime value
field-clv_low = low estimate of customer lifetime value
field-clv_high = high estimate of customer lifetime value
field-clv_simple = simple customer lifetime value
field-value_tier = value tier
field-cluster = cluster
field-reason = reason
field-first_seen_at = first seen
field-last_seen_at = last seen
field-city = city
field-country = country
field-language = language
field-gender = gender
field-birthday = birthday
field-created_at = account opened
field-email = e-mail address
field-phone = phone number
field-category = category
field-product = product
field-channel = channel
field-source = source
field-coupon = coupon
field-amount = amount
field-quantity = quantity

## Segments: what somebody did
funnel-products_searched = search for products
funnel-product_list_viewed = product list viewed
funnel-product_list_filtered = product list filtered
funnel-promotion_viewed = promotion viewed
funnel-promotion_clicked = promotion clicked
funnel-product_clicked = product clicked
funnel-product_viewed = product viewed
funnel-product_added_to_wishlist = product added to the wishlist
funnel-product_added = product put in the cart
funnel-product_removed = product taken out of the cart
funnel-cart_viewed = cart viewed
funnel-coupon_entered = coupon entered
funnel-coupon_applied = coupon accepted
funnel-coupon_denied = coupon refused
funnel-coupon_removed = coupon taken away
funnel-checkout_started = checkout begun
funnel-checkout_step_viewed = checkout step viewed
funnel-checkout_step_completed = checkout step completed
funnel-payment_info_entered = payment details entered
funnel-order_completed = order placed
funnel-order_updated = order changed
funnel-order_refunded = refund
funnel-order_cancelled = order cancelled
funnel-product_reviewed = product reviewed
rule-purchase = purchase
rule-visit = visit
rule-event = event { $name }
rule-page = page { $name } seen
rule-screen = screen { $name } seen
rule-with = { $event } ({ $conditions })
rule-did = { $event }: { $details }
rule-details = { $first }, { $second }
rule-times-at_least = { $count ->
    [one] at least once
   *[other] at least { $count } times
}
rule-times-at_most = { $count ->
    [one] at most once
   *[other] at most { $count } times
}
rule-times-exactly = { $count ->
    [one] exactly once
   *[other] exactly { $count } times
}
rule-never = never
rule-when-last = { $days ->
    [one] in the last day
   *[other] in the last { $days } days
}
rule-when-between = from { $from } to { $to }
rule-spending-at_least = spending { $amount } or more
rule-spending-at_most = spending { $amount } or less
rule-then = { $first }, then { $second }
rule-sequence = { $days ->
    [one] { $steps }, each within a day of the one before
   *[other] { $steps }, each within { $days } days of the one before
}
rule-not_followed = { $days ->
    [one] { $first } a day ago or more, and no { $then } since
   *[other] { $first } { $days } days ago or more, and no { $then } since
}

## Segments: conditions
rule-quoted = “{ $text }”
rule-true = yes
rule-false = no
rule-equals = { $field } is { $value }
rule-one_of = { $field } is one of { $values }
rule-contains = { $field } contains { $value }
rule-starts_with = { $field } starts with { $value }
rule-above = { $field } above { $value }
rule-at_least = { $field } { $value } or more
rule-below = { $field } below { $value }
rule-at_most = { $field } { $value } or less
rule-between = { $field } from { $low } to { $high }
rule-on = { $field } on { $date }
rule-before = { $field } before { $date }
rule-after = { $field } after { $date }
rule-in_last_days = { $days ->
    [one] { $field } today or yesterday
   *[other] { $field } in the last { $days } days
}
rule-more_than_days_ago = { $days ->
    [one] { $field } more than a day ago
   *[other] { $field } more than { $days } days ago
}
rule-in_next_days = { $days ->
    [one] { $field } today or tomorrow
   *[other] { $field } in the next { $days } days
}
rule-birthday_in_days = { $days ->
    [one] anniversary of { $field } today or tomorrow
   *[other] anniversary of { $field } in the next { $days } days
}
rule-is_set = { $field } is known
rule-is_not_set = { $field } is not known
rule-any_channel = any channel
rule-consent-granted = consent to { $purpose } ({ $channel }): given
rule-consent-denied = consent to { $purpose } ({ $channel }): refused
rule-consent-unknown = consent to { $purpose } ({ $channel }): nothing said
rule-segment = in the segment { $name }
rule-sql = SQL condition { $sql }
rule-and = { $first }, and { $second }
rule-or = { $first }, or { $second }
rule-group = ({ $condition })
rule-not = not: { $condition }

## Segments: those that are there from the start
ready-champions = Champions
ready-valuable_at_risk = Valuable and at risk
ready-new = New customers
ready-one_time = One-time buyers
ready-unprofitable = Unprofitable
ready-would_be_vip = Would-be VIP
ready-sleeping = Sleeping

## Rows not used
problem-no_customer = No customer named
problem-unreadable_time = Date that cannot be read
problem-no_time = No date
problem-not_a_number = Amount that is not a number
problem-no_amount = No amount
problem-future_date = Date in the future
problem-after_as_of = After the as-of date
problem-duplicate = Repeats an earlier row
problem-return_dropped = Return, dropped as asked
problem-other_currency = In another currency
problem-wrong_columns = Too many or too few columns
problem-unreadable_text = Text that cannot be decoded

## Columns of a file
role-customer = Customer
role-time = Date
role-amount = Amount
role-quantity = Quantity
role-unit_price = Unit price
role-order = Order
role-product = Product
role-category = Category
role-channel = Channel
role-currency = Currency
role-cost = Cost
found-name = by its name
found-content = by its content
found-flag = as you said
found-only = the only one that fits

## What tells a cluster from the rest
trait-days_since_last-above = { $typical ->
    [one] last bought { $typical } day ago (all customers: { $base })
   *[other] last bought { $typical } days ago (all customers: { $base })
}
trait-days_since_last-below = { $typical ->
    [one] bought recently: { $typical } day ago (all customers: { $base })
   *[other] bought recently: { $typical } days ago (all customers: { $base })
}
trait-purchases-above = { $typical ->
    [one] buys often: { $typical } purchase (all customers: { $base })
   *[other] buys often: { $typical } purchases (all customers: { $base })
}
trait-purchases-below = { $typical ->
    [one] buys rarely: { $typical } purchase (all customers: { $base })
   *[other] buys rarely: { $typical } purchases (all customers: { $base })
}
trait-order_value-above = large orders: { $typical } (all customers: { $base })
trait-order_value-below = small orders: { $typical } (all customers: { $base })
trait-age_days-above = { $typical ->
    [one] a customer for long: { $typical } day (all customers: { $base })
   *[other] a customer for long: { $typical } days (all customers: { $base })
}
trait-age_days-below = { $typical ->
    [one] joined lately: { $typical } day ago (all customers: { $base })
   *[other] joined lately: { $typical } days ago (all customers: { $base })
}
trait-interval_days-above = { $typical ->
    [one] long gaps between purchases: { $typical } day (all customers: { $base })
   *[other] long gaps between purchases: { $typical } days (all customers: { $base })
}
trait-interval_days-below = { $typical ->
    [one] short gaps between purchases: { $typical } day (all customers: { $base })
   *[other] short gaps between purchases: { $typical } days (all customers: { $base })
}

## Warnings
warning-no_holdout = The data are too short to keep a part aside, so nothing shows how good the forecast is. Treat it as a first estimate.
warning-bias_above = On the purchases it had not seen, the model predicted { $share } too many. Future figures may be as much too high.
warning-bias_below = On the purchases it had not seen, the model predicted { $share } too few. Future figures may be as much too low.
warning-coverage = { $share } of customers stayed within bounds that should hold 90%. Take the bounds of single customers with caution.
warning-spend_depends = Customers who buy more often also spend differently per purchase (correlation { $correlation }), which the spend model assumes they do not. The value of the most frequent buyers is less certain.
warning-few_repeat = { $customers ->
    [one] Only { $customers } customer bought more than once: too few to learn a habit from.
   *[other] Only { $customers } customers bought more than once: too few to learn a habit from.
}
warning-many_problems = { $share } of the rows could not be used. Find out why before relying on totals.
warning-no_costs = There is neither a cost column nor a margin, so value here means revenue, not profit.
warning-identical_rows = { $rows ->
    [one] { $rows } row is the same as an earlier one in every column. It was kept, because it may be genuine.
   *[other] { $rows } rows are the same as an earlier one in every column. They were kept, because they may be genuine.
}
warning-no_spend_model = The spend model could not be fitted. Each customer’s own average, drawn towards the average of all, stands in for it.
warning-weak_prior = The data leave a parameter of { $model } open, as where hardly anybody seems to leave. A weak assumption settled it, so take the distant future with care.
warning-few_covariates = { $share } of customers have no row in the file of covariates, so the models know nothing of them but their purchases.
warning-no_model = The purchase model could not be fitted, so there is no forecast. What has happened so far is shown.

## Columns of a customer
column-customer_id = The customer, as in the file
column-first_purchase = Local day of the first purchase
column-last_purchase = Local day of the last purchase
column-frequency = Repeat purchases: days with a positive net, less the first
column-recency_days = Days from the first purchase to the last
column-age_days = Days from the first purchase to the as-of date
column-monetary = Mean net amount of the repeat purchases; empty where there are none
column-revenue = Net revenue so far, returns taken off
column-returns = Returns and cancellations so far, as a positive amount
column-profit = Margin so far: revenue less costs where the file has them, else revenue × margin; empty where neither is known
column-r_score = Recency score, 1 to 5; 5 bought most recently
column-f_score = Frequency score, 1 to 5; 5 buys most often
column-m_score = Monetary score, 1 to 5; 5 spent most in all
column-rfm_segment = One of the eleven RFM segments
column-p_alive = Probability of still being a customer at the as-of date
column-expected_purchases = Purchases expected over the horizon
column-expected_spend = Revenue expected over the horizon, not discounted
column-clv = Customer lifetime value: expected margin over the horizon, discounted
column-clv_low = 5% of outcomes lie below, chance included; empty without uncertainty
column-clv_high = 5% of outcomes lie above, chance included; empty without uncertainty
column-clv_simple = Average order value × purchases a year × lifetime of the base, × margin
column-value_tier = By CLV: platinum (best 5%), gold (next 15%), silver (next 30%), bronze
column-cluster = Cluster by behaviour, 1 the most valuable; empty where none were found
column-reason = Why, in words

## The report: frame
report-title = Customer value report
report-as_of = As of { $date }
report-period = Purchases from { $from } to { $to }
report-rows = { $used } of { $read } rows used
report-contents = Contents
report-skip = Skip to the report
report-show_table = Show as table
report-made_by = Made by OpenCVM { $version }. Everything was computed where your data are; this file loads nothing from the network.
report-scroll = { $table } (table, scrolls sideways)
interval-between = { $low } to { $high }
interval-90 = 90%: { $low } to { $high }
interval-caption = Shaded: 9 outcomes in 10 fall here

## Headline figures
kpi-clv = Customer lifetime value
kpi-clv-note = margin { $horizon }, discounted
kpi-clv-note-revenue = revenue { $horizon }, discounted
kpi-expected_revenue = Expected revenue
kpi-expected_purchases = Expected purchases
kpi-active = Still customers
kpi-active-note = { $share } of { $customers }
kpi-customers = Customers
kpi-customers-note = { $share } bought again
kpi-revenue = Revenue so far
kpi-revenue-note = after { $returns } of returns
kpi-purchases = Purchases so far
kpi-purchases-note = { $count } a year per customer
kpi-order_value = Average order value
kpi-order_value-note = { $count ->
    [one] { $count } purchase so far
   *[other] { $count } purchases so far
}
kpi-clv_simple = CLV by the simple formula
kpi-clv-simple = by the simple formula: { $clv }

## How sure is this
sure-title = How sure is this?
sure-holdout = The forecast was tested on { $customers } customers and purchases it had not seen ({ $from } to { $to }). It predicted { $predicted } purchases; there were { $actual }.
sure-exact = That is within half a percent.
sure-above = That is { $share } too many.
sure-below = That is { $share } too few.
sure-coverage = { $share } of customers spent within their 90% bounds.
sure-total-inside = The spend of all together lay within its bounds as well.
sure-total-outside = The spend of all together lay outside its bounds.
sure-laplace = Bounds contain both the doubt about the model and plain chance: 5% of outcomes lie below, 5% above.
sure-nuts = Bounds come from the full posterior distribution (NUTS) and contain plain chance: 5% of outcomes lie below, 5% above.
sure-none = Uncertainty was switched off, so the figures stand without bounds.
sure-fine = Nothing in the data speaks against using these figures.
sure-warnings = { $count ->
    [one] { $count } thing to know first
   *[other] { $count } things to know first
}

## Sections
concentration-title = Where the value is
concentration-lead = The best 20% of customers brought { $revenue } of revenue so far and hold { $clv } of the value to come.
concentration-chart = Share of value held by customers, from the least valuable up
concentration-customers = Share of customers
concentration-value = Share of value
concentration-equal = All equal
concentration-gini = Gini coefficient
concentration-top20 = Held by the best 20%
concentration-past = Revenue so far
concentration-future = Value to come
monthly-title = Revenue by month
monthly-lead = Net of returns. Months the data cover only in part are drawn pale.
monthly-average = In the last { $count } complete months, revenue came to { $revenue } a month on average.
monthly-new = New customers
monthly-active = Customers who bought
monthly-partial = in part
rfm-title = Recency and frequency
rfm-lead = Each customer is scored from 1 to 5 for how recently and how often they bought. The stronger the colour of a cell, the more value to come it holds.
rfm-recency = Recency score
rfm-frequency = Frequency score
rfm-cell = { $customers ->
    [one] { $customers } customer
   *[other] { $customers } customers
}
rfm-empty = none
segments-title = Segments and what to do
segments-lead = The segments, most valuable first. The bar shows the share of value to come.
segments-action = What to do
tiers-title = Value tiers
tiers-lead = Customers ranked by value to come: platinum is the best 5%, gold the next 15%, silver the next 30%, bronze the rest.
tiers-chart = Share of customers and of value by tier
clusters-title = Groups found by behaviour
clusters-lead = Found in the data, with no rules given. Each is described by what tells it from the base: typical values, with those of all customers in brackets.
clusters-name = Group { $number }
clusters-none = No groups were found: the base is too small or too much alike.
clusters-ordinary = close to the average in every respect
cohorts-title = Who comes back
cohorts-lead = Customers by the month of their first purchase, and how many in a hundred of them bought again in each month after it.
cohorts-month = First purchase
cohorts-after = Months after the first purchase
cohorts-all = All
leaving-title = Leaving, and worth a call
leaving-lead = Customers of high past value who are probably gone, the greatest loss first.
leaving-none = No customer of high past value seems to be leaving.
best-title = Most valuable customers
best-lead = The highest value to come, with the bounds within which each will fall 9 times in 10.
profit-title = Who costs more than they bring
profit-lead = { $customers ->
    [one] { $customers } customer brings a loss, { $loss } in all; the profit of all customers together is { $total }.
   *[other] { $customers } customers bring a loss, { $loss } in all; the profit of all customers together is { $total }.
}
profit-lead-none = No customer brings a loss; the profit of all together is { $total }.
profit-unknown = Costs are not known. Name a cost column in the file (unit cost, or cost to serve) to see which customers cost more than they bring.
profit-chart = Share of total profit, from the most profitable customer down
profit-share = Share of profit
profit-column = Profit so far
distribution-title = How value is spread
distribution-lead = How many customers fall in each range of value to come.
validation-title = Forecast against what happened
validation-lead = The models saw purchases up to { $calibration } and predicted those up to { $holdout }. The best one, or their combination, was then fitted to all data.
validation-none = The data are too short to keep a part aside for a test.
validation-candidates = Models tried
validation-by_frequency = Purchases in the test period by earlier repeat purchases
validation-by_frequency-axis = Repeat purchases before
validation-tracking = Cumulative repeat purchases by week
validation-week = Week
validation-holdout = test period
validation-actual = Actual
validation-predicted = Predicted
validation-total = Spend of all customers in the test period
validation-coverage = { $inside } of customers inside their bounds ({ $nominal } wanted), { $above } above them.
validation-model = Model
validation-mae = Mean error per customer
validation-rmse = Root mean squared error
validation-difference = Difference
validation-likelihood = Log-likelihood
validation-weight = Weight
validation-chosen = in use
validation-failed = not fitted
models-title = Model and settings
models-lead = The fitted parameters, in the letters of the literature, with their standard errors.
models-fitted = { $customers ->
    [one] Fitted to { $customers } customer, log-likelihood { $likelihood }.
   *[other] Fitted to { $customers } customers, log-likelihood { $likelihood }.
}
models-none = No model was fitted.
models-parameter = Parameter
models-estimate = Estimate
models-error = Standard error
setting = Setting
setting-value = Value
setting-model = Forecast by
setting-horizon = Horizon
setting-discount = Discount a year
setting-margin = Margin on revenue
setting-margin-costs = from the costs in the file
setting-uncertainty = Uncertainty
setting-uncertainty-laplace = Laplace approximation
setting-uncertainty-nuts = full posterior (NUTS)
setting-uncertainty-none = off
setting-timezone = Time zone
setting-currency = Currency
setting-currency-none = not stated
data-title = Data and how they were read
data-lead = { $read } rows were read and { $used } used.
data-files = Files
data-role = Serves as
data-column = Column
data-format = Written as
data-found = Found
data-columns = Columns
data-problems = Rows not used
data-problems-none = Every row was used.
data-reason = Reason
data-rows = Rows
data-share = Share of all rows
glossary-title = Terms and columns
glossary-terms = Terms
glossary-columns = Columns of the customer table
glossary-term = Term
glossary-name = Column
glossary-meaning = Meaning
term-clv = CLV
term-clv-meaning = Customer lifetime value: the margin a customer is expected to bring over the horizon, each later amount discounted to its worth today.
term-alive = P(alive)
term-alive-meaning = The probability that a customer has not left for good. Nobody says goodbye in a shop, so it is inferred from the silence, measured against the customer’s own habit.
term-rfm = RFM
term-rfm-meaning = Recency, frequency and monetary value, each scored from 1 to 5 by fifths of the base.
term-interval = 90% bounds
term-interval-meaning = Of outcomes, 5% fall below the lower and 5% above the upper bound, chance included. A single customer is hard to foresee, so their bounds are wide; those of the base are narrow.
term-holdout = Hold-out test
term-holdout-meaning = The last part of the data is hidden from the model, which must predict it. The error then shown is that of a real forecast.
term-gini = Gini coefficient
term-gini-meaning = 0 where all customers are worth the same, 1 where one customer holds everything.

## Columns of tables
table-customer = Customer
table-segment = Segment
table-tier = Tier
table-group = Group
table-customers = Customers
table-share-customers = Share of customers
table-revenue = Revenue so far
table-clv = CLV
table-clv-share = Share of CLV
table-clv-each = CLV per customer
table-alive = P(alive)
table-purchases = Purchases
table-purchases-each = Purchases per customer
table-since = Days since last
table-last = Last purchase
table-from = From
table-to = To
table-month = Month
table-range = 90% bounds
table-what = What it is like
table-figure = Figure

## What else is known of customers
covariates-title = What else is known of customers
covariates-lead = How customers of each kind buy and leave, all else equal, by { $model }. Each row is compared with the first of its column.
covariates-lead-unused = No model with these columns predicts: on the hold-out none was better than those without, or there was no hold-out to show it.
covariates-matched = Customers with a row in the file: { $matched } of { $customers }. The others count as having no value.
covariates-rows = Rows of the file that were not used: of customers without a purchase { $other }, unreadable or without a customer { $unusable }.
covariates-without = Customers without a value: { $columns }. Where a column holds text they are a kind of their own, if there are enough of them; where it holds numbers they count as being in the middle.
covariates-coarsened = Cut into fewer kinds, to keep the groups of customers few: { $columns }.
covariates-column = Column
covariates-level = Value
covariates-other = other values
covariates-missing = no value
covariates-first = the others are compared with this
covariates-buying = Buys, times as often
covariates-leaving = Leaves, times as readily
covariates-words = In words
covariates-buys-more = buys { $share } more often
covariates-buys-less = buys { $share } less often
covariates-buys-same = no clear difference in how often they buy
covariates-leaves-more = leaves { $share } more readily
covariates-leaves-less = leaves { $share } less readily
covariates-leaves-same = no clear difference in how readily they leave
covariates-same = no clear difference
covariates-join = { $buys }; { $leaves }
covariates-left_out = Columns not used
left_out-empty = has no value
left_out-all_the_same = the same for all customers
left_out-all_different = another for nearly each customer
left_out-dates = holds dates
left_out-too_many_columns = as many as can be used seem to say more
left_out-too_many_groups = too many groups of customers with it
summary-covariates = Covariates
summary-covariates-left_out = not used

## The summary in the terminal
summary-models = { $model } predicts; on { $customers } unseen customers: { $predicted } purchases predicted, { $actual } made ({ $error }).
summary-model-untested = { $model } predicts, untested: the data are too short to hold a part out.
summary-segments = Top segments
summary-segment = { $customers } customers, CLV { $clv } ({ $share })
summary-problems = Rows not used
summary-warnings = Warnings
summary-sure = Test

## What a running job says
step-look = Looking at the files
step-read = Reading
step-choose = Comparing models
step-fit = Fitting the model
step-score = Forecasting each customer
step-write = Writing results
step-owners = Finding out whose each id is
step-orders = Adding up orders
step-values = Storing values
step-make = Making customers
terminal-columns = Columns read

## Contracts: rows, columns, periods
problem-no_end = Ended, but without an end date
problem-end_before_start = Ends before it starts
problem-unreadable_status = Neither active nor ended
problem-no_tenure = Tenure missing or not a number
role-start = Start
role-end = End
role-tenure = Tenure
role-observed = Periods observed
role-churned = Active or ended
role-value = Value a period
periods = { $unit ->
    [week] { $count ->
        [one] { $count } week
       *[other] { $count } weeks
    }
    [month] { $count ->
        [one] { $count } month
       *[other] { $count } months
    }
    [year] { $count ->
        [one] { $count } year
       *[other] { $count } years
    }
   *[period] { $count ->
        [one] { $count } period
       *[other] { $count } periods
    }
}
period-name = { $unit ->
    [week] Week
    [month] Month
    [year] Year
   *[period] Period
}
period-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
contract-new = new, not yet at its first renewal; { $share } of such contracts renew
contract-active = tenure: { $tenure }; { $share } of such contracts renew the next time
contract-ended = ended; tenure: { $tenure }
contract-column-customer_id = The customer, as in the file
contract-column-start = First day of the contract; empty where the file has no dates
contract-column-tenure_periods = Periods from the start to the end, or to the end of observation
contract-column-active = Whether the contract was active at the end of observation
contract-column-renewals = Renewals so far
contract-column-p_renew_next = Probability that the next renewal comes; 0 for a contract that has ended
contract-column-expected_remaining_periods = Periods expected over the horizon, not discounted
contract-column-residual_value = Expected margin over the horizon, discounted; empty without a value column
contract-column-reason = Why, in words

## Contracts: warnings
retention-warning-no_holdout = Too few periods were seen to keep any aside, so nothing shows how well the curve predicts. Treat the projection as a first estimate.
retention-warning-poor_fit = In { $share } of the periods seen, the curve lies outside the bounds of what happened. Its projection may be off as well.
retention-warning-few_losses = { $contracts ->
    [one] Only { $contracts } contract has ended: too few to learn when customers leave.
   *[other] Only { $contracts } contracts have ended: too few to learn when customers leave.
}
retention-warning-extrapolated = { $seen ->
    [one] The horizon reaches more than twice as far as the longest tenure seen ({ $seen } period). What lies beyond it rests on the model alone.
   *[other] The horizon reaches more than twice as far as the longest tenure seen ({ $seen } periods). What lies beyond it rests on the model alone.
}
retention-warning-no_values = The files do not say what a contract brings in a period, so there are lifetimes but no values. Name the value column.
retention-warning-no_margin = No margin was given, so value here means revenue, not profit.
retention-warning-as_of = The last date in the files, { $date }, is taken for the end of observation. If the files were made later, name the as-of date; else contracts look younger than they are.

## Contracts: the report
retention-title = Contract retention report
retention-undated = Tenures as in the file
retention-dates = Contracts from { $from } to { $to }
kpi-residual = Residual value
kpi-residual-note = margin of active contracts, discounted; horizon: { $periods }
kpi-residual-note-revenue = revenue of active contracts, discounted; horizon: { $periods }
kpi-residual-endless = without a horizon: { $value }
kpi-contracts = Contracts
kpi-contracts-note = of which ended: { $ended }
kpi-contracts_active = Active contracts
kpi-contracts_active-note = { $share } of all
kpi-churn = { $unit ->
    [week] Churn a week
    [month] Churn a month
    [year] Churn a year
   *[period] Churn a period
}
kpi-churn-note = of the contracts that come to a renewal
kpi-lifetime = Expected lifetime
kpi-lifetime-note = of a new contract; horizon: { $periods }
kpi-revenue_period = { $unit ->
    [week] Revenue a week
    [month] Revenue a month
    [year] Revenue a year
   *[period] Revenue a period
}
kpi-revenue_period-note = of all active contracts
retention-sure-holdout = The curve in use ({ $model }) was fitted without the longest tenures (hold-out: { $periods }) and had to predict them. The share that renewed was off by { $error } on average.
retention-sure-bounds = Bounds of curves and rates hold the doubt about them. Bounds of the residual value hold plain chance as well: 5% of outcomes lie below, 5% above.
retention-sure-tenure = Contracts are told apart by their tenure alone: two of the same tenure have the same chance to renew here, whatever else may set them apart.
survival-title = How long customers stay
survival-lead = Of 100 new contracts, { $share } are expected to be active after { $periods }.
survival-chart = Share of contracts still active
survival-seen = Seen (Kaplan-Meier)
survival-bounds = 90% bounds of what was seen
survival-projected = Projected ({ $model })
survival-beyond = not seen yet
renewals-title = Who renews
renewals-lead = Of the contracts that came to the end of each period, how many renewed, with the bounds of that share.
renewals-chart = Share that renewed, by period of tenure
renewals-due = Came to a renewal
renewals-lost = Ended
renewals-share = Renewed
renewals-projected = By the curve
tenure-title = Value by tenure
tenure-lead = Active contracts by the periods they have completed. Who has stayed long is likely to stay.
tenure-renew = Renew next
tenure-remaining = Periods to come
tenure-residual = Residual value
tenure-share = Share of value
risk-title = At risk, and worth a call
risk-lead = The active contracts with the largest loss expected at the next renewal: the chance of leaving times what a renewal would bring.
risk-lead-no_values = The active contracts that are least likely to renew.
risk-none = No contract is active.
risk-value = Value a period
risk-stake = Expected loss
curves-title = Which curve predicts
curves-lead = Each curve was fitted without the longest tenures (hold-out: { $periods }) and had to predict them. The one that explains the shorter tenures and predicts the longer ones best, taken together, is used; where several do equally well, AIC decides.
curves-lead-none = Too few periods were seen to keep any aside; the curve was chosen by AIC.
curves-holdout = Log-likelihood on the hold-out
curves-error = Mean error of retention
curve-constant = everyone leaves at one rate
curve-sbg = customers differ, each with a rate of their own
curve-bdw = customers differ, and change with tenure
setting-period = Period of the contract
setting-shape = Contracts told by
shape-dates = start and end dates
shape-tenure = tenure and status
shape-survival = periods survived, of periods observed
glossary-contract_columns = Columns of the contract table
term-survival = Survival
term-survival-meaning = The share of contracts still active after so many renewals. Contracts that go on count for as long as they were seen (Kaplan-Meier).
term-retention = Retention
term-retention-meaning = The share of contracts that renew, of those that come to the end of a period. Churn is the rest.
term-residual = Residual value
term-residual-meaning = The margin that an active contract is expected to bring from its next renewal on, over the horizon, each later amount discounted to its worth at that renewal.
table-share-contracts = Share of contracts
