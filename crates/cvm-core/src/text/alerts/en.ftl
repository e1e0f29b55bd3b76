# Targets and alerts.

page-alerts = Targets and alerts
alerts-lead = Watch any figure of the overview. Each is looked at every morning, and after values were computed.
alerts-new = New target or alert
alerts-none = Nothing is watched yet
alerts-none-lead = Set a target for revenue, or have yourself told when fewer customers come back than usual.
alerts-what = What is watched
alerts-now = Now
alerts-value = Value
alerts-state = State
alerts-day = Up to
alerts-tells = Tells
alerts-check-now = Check now
alerts-checking = The figures are being looked at; reload in a moment.
alerts-happened = What happened
alerts-happened-none = Nothing so far.
alerts-figure = Figure
alerts-kind = Watch for
alerts-kind-target = a target to reach
alerts-kind-above = more than a value
alerts-kind-below = less than a value
alerts-kind-unusual = an unusual change
alerts-threshold = Target or limit
alerts-threshold-hint = Amounts in { $currency }, shares in percent. Leave it empty for an unusual change.
alerts-days = Counted over
alerts-days-choice = { $days ->
    [1] one day
   *[other] { $days } days
}
alerts-emails = E-mail
alerts-emails-hint = Addresses with commas between them; empty: nobody.
alerts-no-mail = No e-mail is sent yet: the settings name no server.
alerts-webhook = Webhook
alerts-webhook-none = none
alerts-edit = Change
alerts-remove = Remove
alerts-remove-sure = Remove this and its history?
alerts-fault-emails = Enter ten e-mail addresses at most, with commas between them.
alerts-fault-days = An unusual change is seen over 90 days at most.
alerts-state-new = not looked at yet
alerts-state-unknown = too little data
alerts-state-quiet = no alert
alerts-state-raised = alert
alerts-state-met = reached
alerts-state-missed = not reached
alerts-period = { $days ->
    [1] last day
   *[other] last { $days } days
}
alerts-says-at_least = { $figure }, { $period }: at least { $value }
alerts-says-at_most = { $figure }, { $period }: at most { $value }
alerts-says-above = { $figure }, { $period }: more than { $value }
alerts-says-below = { $figure }, { $period }: less than { $value }
alerts-says-unusual = { $figure }, { $period }: unusual change
alerts-usual = usually { $low } to { $high }
alerts-usual-bounds = Usual range
alerts-usual-how = Usual is what stays near the median of eight earlier periods of the same length; a single day is compared with the same weekday.
alerts-history = Day by day
alerts-history-none = The first look comes in a moment.
alerts-set = Target or alert: { $figure }
alerts-target = Target
alerts-tile-met = Target { $value } reached
alerts-tile-missed = Target { $value } not reached
alerts-tile-raised = Alert: { $what }
alerts-mail-raised = Alert: { $what }
alerts-mail-met = Target reached: { $what }
alerts-mail-missed = Target not reached any more: { $what }
alerts-mail-now = Now { $value }, up to { $day }.
alerts-mail-open = See more
