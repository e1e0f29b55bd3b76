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
insights-span = از { $from } تا { $to }
insights-days = { $days } روز
insights-from = از
insights-to = تا
insights-compare = در مقایسه با
insights-compare-before = روزهای درست پیش از آن
insights-compare-year = همان روزها در سال پیش
insights-compare-other = روزهای دلخواه
insights-compare-none = هیچ
insights-other_from = مقایسه از
insights-other_to = مقایسه تا
insights-show = نمایش
insights-compared = برای مقایسه
insights-period = در این دوره
insights-to_come = آنچه در پیش است
insights-trend = درآمد در این دوره
insights-day = روز
insights-week = هفته از
insights-before = پیش‌تر: { $value }
insights-new = تازه
insights-points = { $points } واحد درصد
insights-more = { $change } بیشتر
insights-less = { $change } کمتر
insights-as_before = بی‌تغییر
insights-revenue = درآمد
insights-revenue-meaning = پرداختی مشتریان پس از کسر مرجوعی
insights-orders = سفارش‌ها
insights-orders-meaning = سفارش‌های این دوره
insights-buyers = خریداران
insights-buyers-meaning = مشتریانی که سفارش دادند
insights-new_buyers = خریداران تازه
insights-new_buyers-meaning = نخستین سفارش آنان
insights-order_value = میانگین ارزش سفارش
insights-order_value-meaning = درآمد هر سفارش
insights-frequency = بسامد خرید
insights-frequency-meaning = سفارش هر خریدار
insights-repeat = خرید دوباره
insights-repeat-meaning = خریدارانی که پیش‌تر یا دوباره سفارش دادند
insights-retention = ماندگاری
insights-retention-meaning = از خریداران همین شمار روز پیش‌تر، آنان که برگشتند
insights-churn = برنگشته‌ها
insights-churn-meaning = از خریداران همین شمار روز پیش‌تر، آنان که برنگشتند
insights-conversion = از بازدید تا خرید
insights-conversion-meaning = از بازدیدکنندگان، آنان که سفارش دادند
insights-cart = از سبد تا خرید
insights-cart-meaning = از آنان که چیزی در سبد داشتند، آنان که سفارش دادند
insights-engaged = افراد فعال
insights-engaged-meaning = هرکه سر زد، سفارش داد، باز کرد یا کلیک کرد

## قیف‌ها
page-funnels = قیف‌ها
funnels-page = دیدن صفحه
funnels-screen = دیدن نمایهٔ برنامه
funnels-lead = از آنان که آغاز می‌کنند چند نفر به هر گام بعدی می‌رسند، از نخستین بار در گام نخست.
funnels-picture = افراد در هر گام
funnels-step = گام
funnels-step-none = بدون گام بعدی
funnels-people = افراد
funnels-of_first = از گام نخست
funnels-of_before = از گام پیشین
funnels-took = زمان از گام پیشین (میانه)
funnels-source = منبع
funnels-within = روز از نخستین گام تا واپسین
funnels-by_source = جدا کردن منبع‌ها
funnels-engagement = کارهای افراد
funnels-what = رویداد
funnels-times = دفعات
funnels-each = دفعات هر نفر
funnels-empty = در این دوره از کسی خبری نرسیده است.
funnels-empty-lead = روزهای دیگری برگزینید یا SDK فروشگاه یا برنامهٔ خود را به اینجا وصل کنید: بازدیدها، سبدها و سفارش‌ها در چند ثانیه پیدا می‌شوند.
duration = { $unit ->
    [second] { $count } ثانیه
    [minute] { $count } دقیقه
    [hour] { $count } ساعت
   *[day] { $count } روز
}
