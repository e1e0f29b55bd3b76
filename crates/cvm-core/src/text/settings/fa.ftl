# Users, keys, the company, and what those who look after the installation see.

settings-title = تنظیمات

## Users
settings-users = کاربران
settings-role = نقش
settings-user-add = افزودن کاربر
settings-user-add-lead = گذرواژه‌ای ساخته و یک بار نشان داده می‌شود: آن را به کاربر بدهید و بخواهید عوضش کند.
settings-user-taken = این رایانامه از پیش به کسی تعلق دارد.
settings-user-fault = یک نشانی رایانامه و نامی با ۱ تا ۱۰۰ نویسه بدهید.
settings-last-admin = مدیری باقی نمی‌ماند. نخست کس دیگری را مدیر کنید.
settings-disable = غیرفعال کردن
settings-enable = فعال کردن
settings-disabled = ورود بسته
settings-password-reset = گذرواژهٔ نو
settings-password-sure = گذرواژهٔ نو ساخته شود؟ گذرواژهٔ پیشین و همهٔ نشست‌ها پایان می‌یابد.
settings-password-made = گذرواژه
settings-shown-once = این فقط یک بار نشان داده می‌شود. همین حالا رونوشت بردارید.

## Keys
settings-keys = کلیدهای API
settings-keys-lead = برنامه‌ها با کلید به API دسترسی دارند: Authorization: Bearer KEY.
settings-keys-none = هنوز کلیدی نیست.
settings-api-docs = API برای خواندن و آزمودن
settings-key-add = ساختن کلید
settings-key-make = کلید را بساز
settings-key-made = کلید
settings-key-fault = به کلید نام، دست‌کم یک اجازه و پایانی در آینده بدهید.
settings-key-expires = پایان پس از این روز (خالی: هرگز)
settings-key-revoke = باطل کردن
settings-key-sure = این کلید برای همیشه باطل شود؟
settings-scopes = اجازه‌ها
settings-scope-customers-read = دیدن مشتریان و ارزششان
settings-scope-personal-read = دیدن نام‌ها و نشانی‌ها
settings-scope-customers-write = تغییر مشتریان
settings-scope-customers-erase = پاک کردن افراد
settings-scope-import = درون‌برد داده
settings-scope-query = پرسش با SQL
settings-scope-score = محاسبهٔ ارزش‌ها
settings-scope-sources-manage = ادارهٔ منابع
settings-scope-audit-read = خواندن دفتر رویدادها
settings-scope-metrics-read = خواندن سنجه‌های کارساز
settings-made-at = ساخته‌شده
settings-ends = پایان
settings-ended = پایان‌یافته

## Audit
settings-audit = دفتر رویدادها
settings-audit-none = چیزی یافت نشد.
settings-who = چه کسی
settings-what = چه
settings-subject = روی چه
settings-details = جزئیات
settings-since = از
settings-until = تا
settings-filter = پالایش
settings-everybody = همه
settings-everything = همه‌چیز
settings-actor-system = کارساز
settings-actor-nobody = کسی بیرون از سامانه

## Jobs
settings-jobs = کارها
settings-jobs-lead = کارهای پس‌زمینه: ارزش‌ها، همگام‌سازی، فراموشی و مرتب‌سازی. کار ناموفق با وقفه‌های بلندتر دوباره آزموده می‌شود.
settings-jobs-none = کاری یافت نشد.
settings-due = موعد
settings-job-ended = پایان
settings-job-waiting = در انتظار
settings-job-running = در حال اجرا
settings-job-done = انجام‌شده
settings-job-failed = ناموفق
settings-job-cancelled = لغوشده
settings-job-cancel = لغو

## The company
settings-company = شرکت
settings-company-name = نام
settings-company-name-hint = در بالای هر صفحه نشان داده می‌شود.
settings-name-fault = نام حداکثر ۱۰۰ نویسه دارد.
settings-accent = رنگ
settings-accent-teal = سبزآبی
settings-accent-blue = آبی
settings-accent-violet = بنفش
settings-accent-green = سبز
settings-accent-rose = گلی
settings-file = از فایل تنظیمات
settings-file-lead = این‌ها را گردانندهٔ کارساز در این فایل تغییر می‌دهد:
settings-setting = تنظیم
settings-value = مقدار
settings-currency = ارز
settings-timezone = منطقهٔ زمانی
settings-schedule = زمان محاسبهٔ ارزش‌ها (cron)
settings-horizon = افق محاسبهٔ ارزش‌ها
settings-margin = حاشیهٔ سود از درآمد
settings-keep-customers = نگهداری مشتریان
settings-keep-messages = نگهداری پیام‌ها
settings-for-ever = همیشه
settings-days = { $days ->
        [one] { $days } روز
       *[other] { $days } روز
    }

## How pages write for somebody
settings-calendar = گاه‌شمار
settings-calendar-usual = مرسوم زبان
settings-calendar-gregorian = میلادی
settings-digits = رقم‌ها
settings-digits-usual = مرسوم زبان
settings-digits-latin = لاتین
settings-scope-segments-read = دیدن بخش‌ها و اعضای آن‌ها
settings-scope-segments-write = ساختن و تغییر بخش‌ها
settings-scope-campaigns-read = دیدن کارزارها و نتیجهٔ آن‌ها
settings-scope-campaigns-edit = ساختن و تغییر دادن کارزارها
settings-scope-campaigns-approve = تأیید کارزارها و تغییر قواعد تماس
settings-scope-offers-read = دیدن پیشنهادها و نتیجهٔ آن‌ها
settings-scope-offers-write = ساختن و تغییر پیشنهادها
settings-scope-decisions-make = پرسیدن بهترین کار برای مشتری و گفتن نتیجهٔ آن
settings-scope-messages-deliver = نشان دادن، گفتن و چاپ پیام‌ها و گزارش سرانجام آن‌ها
settings-scope-alerts-edit = گذاشتن هدف‌ها و هشدارها

## Webhooks
settings-webhooks = وب‌هوک‌ها
settings-webhooks-lead = هنگام هشدار یا رسیدن به هدف، سامانه‌های دیگر با پیام امضاشده خبردار می‌شوند.
settings-webhooks-none = هنوز مقصدی نیست.
settings-webhook-add = افزودن مقصد
settings-webhook-made = راز مقصد
settings-webhook-url = نشانی
settings-webhook-url-hint = رمزگذاری‌شده و در اینترنت همگانی.
settings-webhook-fault = نامی با یک تا صد نویسه و نشانی رمزگذاری‌شده‌ای در اینترنت همگانی بدهید.
settings-webhook-off = خاموش
settings-webhook-gone = خاموش: پاسخ داد که دیگر نیست
settings-webhook-sure = این مقصد و آنچه برایش فرستاده شده حذف شود؟
settings-webhook-remove = حذف
settings-deliveries = آنچه فرستاده شد
settings-deliveries-none = در ۳۰ روز گذشته هیچ.
settings-delivery-arrived = رسید
settings-delivery-waiting = در انتظار تلاش دوباره
settings-delivery-failed = رها شد
settings-delivery-tries = تلاش‌ها
settings-delivery-answer = پاسخ
settings-delivery-again = فرستادن دوباره

## کارها: گونه‌ها و مرحله‌ها
job-score = ارزش همهٔ مشتریان
job-segments = بخش‌های همهٔ مشتریان
job-conversions = یافتن تبدیل‌ها
job-outcomes = یادگیری از نتیجه‌ها
job-recommendations = یادگیری پیشنهادها
job-campaign = گزینش مشتریان کارزار
job-results = نتایج
job-uplift = کارزار بر چه کسانی اثر دارد
job-plan = برنامه
job-sync = همگام‌سازی
job-forget = فراموشی مشتریان
job-tidy = مرتب‌سازی
job-tidy_lake = مرتب‌سازی دریاچهٔ داده
job-expire = حذف آنچه به‌اندازهٔ کافی نگه داشته شده
job-sample = شرکت نمونه
job-upload = درون‌ریزی فایل
job-webhook = وب‌هوک
job-alerts = هشدارها
job-alert_mail = ایمیل هشدار
job-waits = در انتظار نوبت
job-at = { $stage }: { $far }
stage-values = خواندن ارزش‌ها
stage-acquisition = بررسی مشتریان جذب‌شده
stage-choices = محاسبهٔ گزینه‌ها
stage-writing = نوشتن نتیجه‌ها
stage-attributes = رساندن به پرونده‌ها
stage-lake = مرور دریاچهٔ داده
stage-customers = مرور مشتریان
stage-wiping = پاک‌سازی دیسک
stage-persons = دریافت افراد
stage-rules = پاسخ به قاعده‌ها
stage-members = ثبت ورودها و خروج‌ها
stage-overlaps = شمارش هم‌پوشانی‌ها
stage-reading = خواندن سطرها
stage-company = ساختن شرکت
stage-arriving = دریافت آنچه رسیده
stage-purchases = خریدها
stage-visits = بازدیدها
stage-messages = پیام‌ها
stage-service = شکایت‌ها، نظرسنجی‌ها و هزینه‌ها
stage-results = محاسبهٔ نتایج
stage-learning = یادگیری
stage-products = خواندن محصولات
stage-alerts = بررسی شاخص‌ها
