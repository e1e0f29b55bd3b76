# صفحه‌ها. کوتاه: هر روز خوانده می‌شوند.

## قاب
page-overview = نمای کلی
page-value = ارزش
page-profit = سود
page-account = حساب شما
page-search = جست‌وجوی مشتری: نام، ایمیل، تلفن، شناسه
page-language = زبان
page-theme = روشن یا تیره
page-help = راهنمای صفحه‌کلید
page-keys = کلیدها
page-menu = فهرست اصلی
page-close = بستن
page-sign_out = خروج
page-save = ذخیره
page-saved = ذخیره شد.
page-copied = رونوشت شد
page-failed = نشد. دوباره تلاش کنید یا صفحه را تازه کنید.
page-as_of = تا { $date }
page-error-bad = این‌طور نمی‌شود
page-error-forbidden = دسترسی ندارید
page-error-missing = اینجا چیزی نیست
page-error-conflict = اکنون ممکن نیست
page-error-later = فعلاً نه
page-error-ours = اینجا مشکلی پیش آمد
page-error-home = به نمای کلی

## ورود
login-title = ورود
login-email = ایمیل
login-password = گذرواژه
login-wrong = ایمیل یا گذرواژه درست نیست.
login-too_often = تلاش‌ها زیاد بود. چند دقیقه صبر کنید و دوباره تلاش کنید.
login-elsewhere = ورود با حساب شرکت

## کاربران
role-admin = مدیر سامانه
role-analyst = تحلیلگر
role-marketer = بازاریاب
role-service_agent = کارشناس خدمات
role-viewer = بیننده
account-name = نام
account-sessions = جاهایی که وارد شده‌اید
account-sessions-lead = اگر مرورگری ناآشنا می‌بینید، گذرواژهٔ خود را عوض کنید.
account-since = از
account-seen = آخرین استفاده
account-browser = مرورگر
account-here = همین مرورگر

## پایگاه مشتریان
insights-nothing = هنوز ارزشی محاسبه نشده
insights-nothing-lead = ارزش‌ها با نخستین محاسبه می‌آیند: سفارش‌ها را با SDK بفرستید یا پرونده‌ای وارد کنید، سپس ارزش‌ها را محاسبه کنید.
