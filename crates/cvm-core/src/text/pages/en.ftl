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
