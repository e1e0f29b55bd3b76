# Results of campaigns and plans: what was earned that would not have come by itself.

## Results
page-results = Results
proof-lead = What campaigns earned that would not have come by itself: each against customers who, by lot, got nothing.
proof-empty = No campaign has begun yet
proof-empty-lead = Start a campaign with a control group. Its result is here after the next scoring run.
proof-all = All campaigns together
proof-all-lead = Everybody against those who are never told anything: the global control group.
proof-campaign = Campaign
proof-verdict = Result
proof-worked = It worked
proof-harmed = It did harm
proof-open = Cannot be told
proof-void = Do not read
proof-nothing = No result yet
proof-waiting = There is no result yet. It is computed after each scoring run, and when you ask for it.
proof-compute = Compute again
proof-stamp = Orders up to { $date }; { $days ->
        [one] { $days } day
       *[other] { $days } days
    } after assignment count, of which { $share } have passed
proof-stamp-all = Orders of the last { $days ->
        [one] { $days } day
       *[other] { $days } days
    } up to { $date }
proof-from-to = { $low } to { $high }
proof-below = below { $share }
proof-any = could be anything
proof-said-none = There is nothing to compare yet: one of the groups is missing or too small.
proof-said-void = Do not read this result. The groups are not as large as they were drawn, so something took customers out of one of them; find that first.
proof-said-up = It worked. Each treated customer brought { $each } more margin than without the campaign (between { $low } and { $high }).
proof-said-down = It did harm. Each treated customer brought { $each } less margin than without the campaign (between { $low } and { $high }). Stop it or change it.
proof-said-open = It cannot be told whether this earned anything: the effect on the margin of a customer is between { $low } and { $high }.
proof-said-pays = It paid for itself: { $profit } are left after its cost.
proof-said-costs = It costs more than it brings: { $profit } after its cost.
proof-said-may_pay = Whether it paid for itself is open: about { $profit } are left after its cost, and it may be more or less than nothing.
proof-warning-no_control = There is no control group. You see what these customers brought; what would have come by itself nobody knows.
proof-warning-least = The smaller group has fewer than { $least } customers, too few to compare.
proof-warning-ratio = The groups are not as large as they were drawn. Find what took customers out of one of them before you read the result.
proof-warning-running = The days of observation have not all passed. Until then intervals are so wide that you may look as often as you like.
proof-warning-few = Not enough customers yet: { $more ->
        [one] { $more } more is
       *[other] { $more } more are
    } needed to see an effect worth having.
proof-warning-large = A few large orders decide the result. Take the interval as rough.
proof-warning-costs = No cost of contact is known, so contacts count as free.
proof-warning-margins = Most costs of goods are unknown and no margin is set, so revenue counts as margin.
proof-total = Margin earned in all
proof-each = Margin per customer
proof-profit = Profit after cost
proof-return = Return on cost
proof-treated = Treated
proof-control = Control group
proof-against = against { $customers ->
        [one] { $customers } customer in the control group
       *[other] { $customers } customers in the control group
    }
proof-customers = Customers
proof-elapsed = Days passed
proof-interval = 95% interval
proof-look = Orders up to
proof-looks = Effect at each look
proof-looks-lead = Margin per treated customer above the control group, with the interval that holds at all looks together. Where it leaves zero out, the campaign made the difference.
proof-outcomes = What changed
proof-outcome = Per customer
proof-margin = Margin
proof-revenue = Revenue
proof-orders = Orders
proof-conversion = Share who ordered
proof-conversion-event = Share who did what counts
proof-difference = Difference
proof-relative = In percent
proof-chance = Chance without effect
proof-arms = Groups
proof-group = Group
proof-expected = By lot
proof-converted = Converted
proof-cost = Cost of contact
proof-more = More than control
proof-tiers = By value tier
proof-segments = By segment
proof-parts-lead = Margin per customer above the control group, by what customers were when they were assigned. The lines hold for all parts together.
proof-differ = The effect is not the same in all of them.
proof-alike = Nothing shows that the effect differs between them: go by the effect on all.
proof-together = Interval for all parts
proof-money = What it cost and what is left
proof-money-lead = Counted as cost: each contact, by what its way says it costs, and the rewards and gifts of offers that customers accepted after they were told of them. Discounts are no cost here: margin is what is left of what customers paid.
proof-what = Item
proof-amount = Amount
proof-rewards = Rewards and gifts
proof-unknown = not known
proof-discount = Extra discount, already taken off
proof-lot-kept = The groups are as large as they were drawn (chance of being further off: { $chance }).
proof-power = With so many customers an effect of { $detectable } per customer is found four times out of five. To find { $wanted } it takes { $customers ->
        [one] { $customers } customer
       *[other] { $customers } customers
    } in both groups.
proof-past = What customers bought before explains part of how they differ; taking it out removed { $share } of the noise.
proof-kept_out = { $customers ->
        [one] { $customers } customer belongs
       *[other] { $customers } customers belong
    } to the global control group and to neither side here.
proof-left_out = { $customers ->
        [one] { $customers } customer was
       *[other] { $customers } customers were
    } left out: erased since, or the same person as another.
proof-settings = What counts
proof-settings-lead = A goal that moves begins anew: if you change this, earlier looks are dropped.
proof-settings-fault = Days are whole numbers from 1 to 730; the planned number of customers is at least 2.
proof-window = Days after assignment
proof-before = Days before, to take out how customers differ anyway
proof-planned = Customers planned in all groups
proof-event = Event that counts as a conversion (empty: an order)

## Plans
page-plans = Plans
plan-lead = Who gets what for a budget, to the highest expected profit.
plan-new = New plan
plan-new-lead = Name what can be done for customers and what it costs. Each customer gets the one action that earns most, or none.
plan-empty = No plans yet
plan-empty-lead = A plan says who gets what within a budget, what another budget would bring, and where spending more stops paying.
plan-plan = Plan
plan-made = Made on
plan-whole = The whole
plan-name = Name
plan-among = Choose from
plan-everybody = Everybody who has a value
plan-budget = Budget
plan-budget-hint = Empty: as much as pays.
plan-attribute = Attribute that says how a customer was won
plan-attribute-hint = Then the plan says what may be paid for a new customer by each way. Empty: it does not.
plan-actions = What can be done
plan-actions-lead = Fill in as many as you have. What an action brings is what a campaign has proven or, until there is one, your assumption.
plan-action = Action
plan-action-name = What it is
plan-channel = Channel
plan-cost = Cost per customer
plan-worth = What it brings
plan-assumed = My assumption, in percent
plan-percent = Percent of expected margin
plan-proven-by = As proven by { $campaign }: { $each } per customer
plan-only = Only for
plan-all = All of them
plan-limits = What channels can carry
plan-limits-lead = Customers at most. Empty: as many as pays.
plan-make = Make the plan
plan-fault-name = Give the plan a name of at most 100 letters that no other plan has.
plan-fault-action = Give each action a name of its own.
plan-fault-actions = Name at least one action.
plan-fault-amount = Amounts are numbers from 0 on, without separators of thousands, like 1234.5.
plan-fault-worth = Assume 0 to 1,000 percent, or choose a campaign that has a result.
plan-fault-segment = This segment is gone or not computed yet.
plan-fault-won_by = This cannot be the name of an attribute.
plan-fault-limit = Limits are whole numbers from 0 on.
plan-stamp = Planned on { $day }, without a budget
plan-stamp-budget = Planned on { $day } for a budget of { $budget }
plan-going = The plan is being made…
plan-failed = The plan could not be made.
plan-profit = Expected profit
plan-gap = at most { $gap } from the best there is
plan-value = Expected extra margin
plan-value-note = beyond what comes by itself
plan-spent = Spent
plan-margin = one more would bring { $margin }
plan-enough = more would not pay
plan-chosen = Customers who get something
plan-of = of { $customers }
plan-who = Who gets what
plan-who-lead = Consent, caps and quiet hours are asked when something is sent, so some will not be reached. Nobody of the global control group is planned for.
plan-each = Per customer
plan-ground = Rests on
plan-ground-assumed = assumption: { $share } of expected margin
plan-ground-proven = a campaign's proven effect
plan-ground-tier = a campaign's proven effect by value tier
plan-ground-scored = a model of a campaign's effect on each customer
plan-channels = Channels with a limit
plan-limit = Can carry
plan-used = Carries
plan-one_more = Room for one more would bring
plan-curve = What another budget would bring
plan-curve-lead = Each further amount brings less than the one before. Where the curve is as steep as the dashed line, spending more stops paying.
plan-stops = Stops paying
plan-even = Brings what it costs
plan-next = One more would bring
plan-acquisition = What a new customer may cost
plan-acquisition-lead = From what customers won by each way brought, month by month since their first purchase, discounted.
plan-won_by = Won by
plan-first_year = First year
plan-seen = As long as seen
plan-months = { $months ->
        [one] { $months } month
       *[other] { $months } months
    }
plan-pays_back = Highest cost that comes back in a year
plan-three = Highest cost at three to one
plan-save = Make segments of it
plan-saved = Segments of its customers are there for your campaigns; they fill within minutes.
plan-delete = Delete
plan-delete-question = Delete this plan? Segments made of it stay.

## On whom it works
uplift-title = On whom it works
uplift-lead = A campaign moves some, leaves others as they were, and drives some away. This is learned from its own customers and control group, and then asked of everybody.
uplift-learn = Learn it
uplift-said = It is worth choosing: the { $share } whom the model would choose brought { $chosen } more each, the others { $others }. Both are measured on customers that it had not seen.
uplift-said-nothing = Nobody can tell whom it moves: choosing by this model is not surely better than by lot. Treat all customers alike.
uplift-kinds = Kinds of customers
uplift-kind = Kind
uplift-what = What to do
uplift-persuadable = Persuadable
uplift-persuadable-what = The contact surely pays: tell them.
uplift-sure = Sure thing
uplift-sure-what = They buy anyway: save the contact.
uplift-lost = Lost cause
uplift-lost-what = Nothing moves them: save the contact.
uplift-disturb = Do not disturb
uplift-disturb-what = The contact surely harms: leave them alone.
uplift-models = How well it is known
uplift-model = Model
uplift-best = best
uplift-two_models = Two models
uplift-x_learner = Two models that learn from each other
uplift-forest = Forest
uplift-chosen = Effect on the chosen
uplift-others = Effect on the others
uplift-gain = Gain over choosing by lot
uplift-qini = Qini
uplift-auuc = Area under the curve
uplift-save = Make segments of it
uplift-saved = Segments of the four kinds are there; they fill within minutes.
