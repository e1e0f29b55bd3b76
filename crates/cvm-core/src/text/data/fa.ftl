# What stands behind the figures: sources, imports, runs, tables; and the first visit.

facts-title = داده‌ها

## Words that many of these pages share
facts-name = نام
facts-about = درباره
facts-source = منبع
facts-reason = دلیل
facts-records = رکوردها
facts-record = رکورد
facts-when = زمان
facts-day = روز
facts-events = رویدادها
facts-customers = مشتریان
facts-state = وضعیت
facts-stored = ذخیره‌شده
facts-refused = ردشده
facts-known-before = از پیش موجود
facts-files = فایل‌ها
facts-actions = کارها
facts-add = افزودن
facts-copy = رونوشت
facts-show = نمایش
facts-show-all = نمایش همه
facts-more = صفحهٔ بعد
facts-never = هرگز
facts-as-table = به‌صورت جدول
facts-kind-customers = مشتریان
facts-kind-transactions = تراکنش‌ها
facts-kind-events = رویدادها
facts-kind-calls = فراخوانی‌های SDK

## Sources
facts-sources = منابع
facts-sources-lead = هر فروشگاه، برنامه یا صندوق با کلید نوشتن خودش می‌فرستد. این کلید فقط اجازهٔ فرستادن می‌دهد.
facts-sources-none = هنوز منبعی نیست. یکی در پایین بیفزایید و کلید نوشتن آن را به SDK بدهید.
facts-source-add = افزودن منبع
facts-source-added = منبع افزوده شد؛ کلید نوشتن آن در فهرست است:
facts-source-close = بستن
facts-source-close-sure = این منبع برای همیشه بسته شود؟ آنچه بفرستد رد می‌شود؛ آنچه فرستاده می‌ماند.
facts-source-taken = منبعی با این نام هست یا بوده است. نام دیگری برگزینید.
facts-source-name-fault = نام باید ۱ تا ۱۰۰ نویسه داشته باشد.
facts-write-key = کلید نوشتن
facts-last-event = آخرین دریافت
facts-nothing-lately = دو هفته است چیزی نیامده
facts-events-two-weeks = در دو هفته
facts-events-a-day = دریافت روزانه

## Rejected records
facts-rejected = ردشده‌ها
facts-rejected-none = چیزی رد نشده است
facts-rejected-none-lead = آنچه پذیرفتنی نباشد با دلیلش اینجا می‌ماند تا دوباره آزموده شود.
facts-rejected-why = چرا
facts-rejected-lead = برای دیدن رکوردها دلیلی برگزینید. ۹۰ روز نگه داشته می‌شوند.
facts-rejected-records = رکوردهای ردشده
facts-record-hidden = فقط برای کسانی که اجازهٔ دیدن داده‌های شخصی دارند
facts-refused-in-file = { $reason }، سطر { $line } از { $file }
facts-replay = تلاش دوباره
facts-replay-all = تلاش دوباره برای این‌ها (تا ۱۰۰۰)
facts-replayed = پذیرفته‌شده: { $taken }. دوباره ردشده: { $refused }.

## Imports and syncs
facts-intake = درون‌برد و همگام‌سازی
facts-syncs = همگام‌سازی‌ها
facts-syncs-lead = همگام‌سازی، جدولی از پایگاه‌داده‌ای دیگر یا فایل‌های یک مخزن را پی‌درپی می‌خواند. آن را در فایل تنظیمات cvm.toml بنویسید:
facts-syncs-none = هنوز هیچ‌کدام نیست. جدولی مانند این بیفزایید و کارساز را دوباره راه بیندازید:
facts-last-run = آخرین اجرا
facts-run-now = اجرا هم‌اکنون
facts-imports = درون‌بردها
facts-imports-lead = فایل‌هایی که ذخیره شده‌اند. درون‌برد نیمه‌کاره از همان جا ادامه می‌یابد.
facts-imports-none = هنوز فایلی درون‌برد نشده است. روی کارساز این دستور یکی را می‌آورد:
facts-began = آغاز
facts-finished = پایان‌یافته
facts-unfinished = ناتمام

## Runs
facts-runs = محاسبه‌های ارزش
facts-runs-lead = هر محاسبه ارزش همهٔ مشتریان را از نو حساب می‌کند. نخستین سطر فهرست همان است که نشان داده می‌شود.
facts-runs-none = هنوز چیزی محاسبه نشده است. همین که سفارشی باشد، می‌شود محاسبه کرد.
facts-runs-quality = اختلاف: خریدهای پیش‌بینی‌شده در برابر انجام‌شده، روی داده‌هایی که مدل ندیده بود. کران‌ها: سهم مشتریانی که هزینه‌شان درون کران‌های ۹۰ درصدی بود.
facts-run-as-of = تا تاریخ
facts-run-ended = زمان محاسبه
facts-run-day = تا روز (خالی: امروز)
facts-run-day-fault = روزی تا امروز برگزینید.
facts-run-start = محاسبه کن
facts-by-schedule = طبق زمان‌بندی
facts-by-command = از خط فرمان
facts-by-user = به درخواست کاربر
facts-model = مدل
facts-missed = اختلاف
facts-covered = درون کران‌ها
facts-report = گزارش
facts-report-open = باز کردن

## Tables of the lake, and SQL
facts-tables = جدول‌ها
facts-tables-lead = آنچه کارساز نگه می‌دارد، به‌صورت جدول‌های Delta که هر ابزاری می‌خواند.
facts-table-messages = هر آنچه رسیده است
facts-table-order_lines = آنچه رویدادها دربارهٔ سفارش‌ها می‌گویند، سطر به سطر
facts-table-transactions = آنچه از هر سفارش پس از مرجوعی‌ها مانده است
facts-table-owners = هر شناسه از کی تا کی از آنِ چه کسی است
facts-table-customer_values = ارزش هر کس در هر محاسبه
facts-table-people = آنچه از هر کس می‌دانیم، برای بخش‌ها؛ در SQL پرسیدنی نیست
facts-table-rows = { $rows ->
        [one] { $rows } سطر
       *[other] { $rows } سطر
    }
facts-table-files = { $files ->
        [one] { $files } فایل
       *[other] { $files } فایل
    }
facts-table-look = نگاهی به درون
facts-columns = ستون‌ها
facts-column = ستون
facts-type = نوع
facts-meaning = معنا
facts-sql = SQL
facts-sql-title = پرسش با SQL
facts-sql-lead = یک دستور که فقط می‌خواند. این‌که چه کسی چه پرسیده، در دفتر رویدادها می‌ماند.
facts-sql-statement = دستور
facts-sql-ask = بپرس
facts-sql-answer = پاسخ
facts-sql-limits = تا { $rows } سطر و { $seconds } ثانیه.
facts-sql-cut = سطرها بیش از آن است که نشان داده شده. فایل CSV تا ۱۰۰٬۰۰۰ سطر دارد.
facts-sql-empty = هیچ سطری نیست.
facts-sql-examples = نمونه‌ها
facts-sql-example-months = درآمد ماهانه
facts-sql-example-tiers = ارزش به تفکیک سطح
facts-sql-example-funnel = افراد به تفکیک گام
facts-sql-example-events = رویدادها به تفکیک نام

## The first visit
facts-start-title = خوش آمدید
facts-start-lead = تا چند دقیقهٔ دیگر می‌بینید مشتریان شما چه ارزشی دارند. راه آغاز را برگزینید.
facts-start-known = داده‌ها هم‌اکنون اینجا هستند.
facts-start-sample = گشتی در یک شرکت نمونه
facts-start-sample-lead = ۵۰۰۰ مشتری ساختگی با دو سال خرید، بازدید، پیام و شکایت. یکی دو دقیقه طول می‌کشد.
facts-start-sample-load = بارگذاری شرکت نمونه
facts-start-loading = بارگذاری شرکت نمونه
facts-start-failed = بارگذاری شرکت نمونه نشد:
facts-start-connect = اتصال فروشگاه یا برنامه
facts-start-connect-lead = یک SDK از Segment یا RudderStack را به اینجا بفرستید؛ چیز دیگری در برنامه‌تان تغییر نمی‌کند.
facts-start-ask-key = کلید نوشتن را از مدیر بگیرید.
facts-start-files = آوردن فایل یا خواندن پایگاه‌داده
facts-start-files-lead = فایل‌های به هر اندازه را دستوری روی کارساز ذخیره می‌کند:
facts-upload-title = فایل
facts-upload-lead = CSV یا NDJSON یا Parquet، فشرده یا نه، تا ۲۵۶ مبی‌بایت. پیش از ذخیره می‌بینید چه چیزی شناخته شده است.
facts-upload-about = سطرها دربارهٔ
facts-upload-file = فایل
facts-upload-bring = بررسی فایل
facts-upload-none = نخست فایلی برگزینید.
facts-upload-recognised = آنچه شناخته شد
facts-upload-recognised-lead = آنچه اشتباه شناخته شده را درست کنید. هنوز چیزی ذخیره نشده است.
facts-upload-dates = شیوهٔ نوشتن تاریخ
facts-upload-decimal = شیوهٔ نوشتن عدد
facts-upload-by-looking = تشخیص خودکار
facts-upload-store = ذخیرهٔ سطرها
facts-upload-look-again = بررسی دوباره
facts-upload-storing = ذخیرهٔ سطرها
facts-upload-done = فایل تا پایان خوانده شد.
facts-upload-another = فایل دیگر
facts-role-phone = تلفن
facts-role-card = کارت وفاداری
facts-role-event = رویداد
facts-start-intake = دیدن درون‌بردها و همگام‌سازی‌ها
facts-start-values = سپس ببینید هر کس چه ارزشی دارد
facts-start-values-lead = ارزش‌ها هر شب محاسبه می‌شوند؛ همین که سفارشی باشد می‌شود بی‌درنگ محاسبه کرد.
facts-step-waiting = در انتظار نوبت
facts-step-company = ساختن شرکت
facts-step-customers = ذخیرهٔ مشتریان
facts-step-purchases = ذخیرهٔ خریدها
facts-step-visits = ذخیرهٔ بازدیدها
facts-step-messages = ذخیرهٔ پیام‌ها
facts-step-service = ذخیرهٔ شکایت‌ها و پاسخ‌ها
facts-step-arriving = شناسایی افراد
facts-step-values = محاسبهٔ ارزش مشتریان، برای امروز و ماه‌های پیش

## ستون‌های جدول‌ها چه می‌گویند
message-column-message_id = شناسهٔ پیام نزد فرستنده؛ یکتا در هر منبع
message-column-source = منبعی که آن را فرستاده
message-column-type = گونهٔ پیام بر پایهٔ مشخصات Segment
message-column-name = رویداد، صفحه یا نمایهٔ برنامه
message-column-funnel_step = نزدیکی به خرید، بر پایهٔ مشخصات تجارت الکترونیک
message-column-user_id = شناسهٔ فرد شناخته‌شده نزد فرستنده
message-column-anonymous_id = شناسهٔ دستگاه نزد فرستنده
message-column-group_id = گروهی که به آن پیوسته
message-column-previous_id = شناسه‌ای که نام دیگر همان فرد است
message-column-timestamp = زمان رخداد، با اصلاح ساعت فرستنده
message-column-received_at = زمان دریافت
message-column-traits = ویژگی‌ها، یک شیء JSON
message-column-properties = مشخصه‌ها، یک شیء JSON
message-column-context = شرایط، یک شیء JSON
message-column-batch = دستهٔ صندوق ورودی که با آن آمده
order-column-message_id = پیامی که از آن می‌گوید
order-column-user_id = شناسهٔ فرد شناخته‌شده نزد فرستنده
order-column-anonymous_id = شناسهٔ دستگاه نزد فرستنده
order-column-step = گام سفارش: انجام‌شده، تغییریافته، بازگردانده یا لغوشده
order-column-takes_all_back = آیا همهٔ آنچه از سفارش مانده پس گرفته می‌شود
order-column-received_at = زمان دریافت
order-column-batch = دستهٔ صندوق ورودی که با آن آمده
buyer-column-customer_id = خریدار
line-column-order_id = شمارهٔ سفارش نزد فروشنده
line-column-timestamp = زمان خرید یا بازگرداندن
line-column-line = سطر سفارش، از ۱
line-column-product = شناسهٔ کالا، وگرنه کد انبار، وگرنه نام آن
line-column-category = دستهٔ کالا
line-column-quantity = تعداد؛ منفی در بازگرداندن
line-column-amount = آنچه مشتری می‌پردازد، بدون مالیات و ارسال؛ منفی در بازگرداندن
line-column-discount = آنچه قیمت ضرب در تعداد بیش از مبلغ است
line-column-cost = هزینهٔ سطر برای فروشنده؛ خالی اگر کسی نگفته باشد
line-column-currency = ارز بر پایهٔ ایزو ۴۲۱۷
line-column-coupon = کوپن به‌کاررفته
line-column-source = منبعی که از آن گفته
owner-column-identifier = شناسهٔ فرد یا دستگاه همراه با گونهٔ آن
owner-column-customer_id = از آنِ کیست
owner-column-since = پیام‌های این زمان و پس از آن؛ خالی: از آغاز
owner-column-until = پیام‌های پیش از این زمان؛ خالی: تا پایان
run-column-run = اجرای امتیازدهی
run-column-as_of = آخرین روزی که این اجرا دیده است
person-column-first_seen_at = زمانی که مشتری نخستین بار دیده شد
person-column-last_seen_at = زمانی که مشتری آخرین بار دیده شد
person-column-attributes = آنچه از مشتری می‌دانیم، یک شیء JSON

## آزمون همگام‌سازی
trial-title = آزمون همگام‌سازی
trial-try = آزمودن
trial-again = آزمون دوباره
trial-works = منبع پاسخ می‌دهد و سطرهایش خوانده می‌شوند.
trial-fails = منبع خوانده نمی‌شود.
trial-lead = آزمون چیزی ذخیره نمی‌کند. آنچه نادرست است در فایل پیکربندی، زیر نام همگام‌سازی، اصلاح می‌شود.
trial-becomes = می‌شود
trial-example = برای نمونه
trial-not_read = خوانده نمی‌شود
trial-rows = نخستین سطرها
trial-no_rows = هنوز سطری که به‌اندازهٔ کافی قدیمی باشد نیست.
trial-would_store = ذخیره خواهد شد
trial-hidden = شما اجازهٔ دیدن داده‌های افراد را ندارید، پس مقدارها نشان داده نمی‌شوند.
