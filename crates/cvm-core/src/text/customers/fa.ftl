# فهرست مشتریان و صفحهٔ یک مشتری.

## فهرست
page-customers = مشتریان
customers-name = مشتری
customers-tier = رده
customers-clv = ارزش طول عمر
customers-alive = هنوز مشتری
customers-alive_percent = هنوز مشتری، ٪
customers-revenue = درآمد
customers-profit = سود
customers-purchases = خریدها
customers-last = آخرین خرید
customers-in_segment = در بخش
customers-first = نخستین خرید
customers-segment = بخش RFM
customers-why = چرا
customers-count = { $count ->
    [0] بدون مشتری
    [one] { $count } مشتری
   *[other] { $count } مشتری
}
customers-range = { $from } تا { $to } از { $count }
customers-pages = صفحه‌های فهرست
customers-previous = قبلی
customers-next = بعدی
customers-all_found = دیدن همه
customers-views = نماهای ذخیره‌شده
customers-save_view = ذخیرهٔ نما
customers-view_name = نام نما
customers-view_shared = نمایش به همه
customers-view_for_all = مشترک
customers-view_remove = حذف این نما
customers-filters = صافی‌ها
customers-from = از
customers-to = تا
customers-place = مکان
customers-country = کشور
customers-city = شهر
customers-attribute = ویژگی
customers-value = مقدار
customers-contact = تماس
customers-consent = رضایت داده‌شده
customers-any_consent = هر رضایتی
customers-everybody = همه
customers-contactable = تماس مجاز است
customers-suppressed = تماس نگیرید
customers-apply = اعمال
customers-clear = پاک کردن صافی‌ها
customers-remove_filter = (برداشتن این صافی)
customers-wrong_day = یک تاریخ بنویسید.
customers-wrong_pair = ویژگی را انتخاب کنید و مقدار آن را بنویسید.
customers-visitor = بازدیدکننده‌ای که تنها همین شناسهٔ او را می‌دانیم
customers-nobody = کسی پیدا نشد
customers-nobody-lead = حروف کمتر، املای دیگر یا صافی‌های کمتری را امتحان کنید.
customers-nobody-without_names = نقش شما نام‌ها را نمی‌بیند، پس تنها با شناسهٔ کامل می‌توان جست‌وجو کرد.
customers-none_yet = هنوز مشتری‌ای نیست
customers-none_yet-lead = پرونده‌ای از مشتریان یا سفارش‌ها وارد کنید یا فروشگاه را با SDK وصل کنید. هر کس شناخته شود بی‌درنگ اینجا دیده می‌شود.
customers-no_values = ارزش‌ها با نخستین محاسبه می‌آیند.
customers-preparing = فهرست در حال آماده شدن است
customers-preparing-lead = پس از آغاز کار سرور چند ثانیه طول می‌کشد. صفحه خودش ادامه می‌دهد.
customers-filling = مشتریان پیشین هنوز به فهرست افزوده می‌شوند و فهرست بزرگ‌تر می‌شود.
customers-erased = داده‌های این شخص پاک شد.

## یک مشتری
customer-back = به صفحهٔ مشتری
customer-since = آشنا از
customer-seen = آخرین بازدید
customer-export = برون‌بری همه
customer-print = چاپ
customer-glance = در یک نگاه
customer-glance-suppressed = تماس نگیرید
customer-glance-trouble = { $count ->
    [0] امروز مشکلی داشته است: نخست بپرسید
    [one] { $count } روز پیش مشکلی داشته است: نخست بپرسید
   *[other] { $count } روز پیش مشکلی داشته است: نخست بپرسید
}
customer-glance-leaving = ارزشمند و احتمالاً در حال رفتن
customer-glance-valuable = از ارزشمندترین‌ها
customer-glance-unprofitable = بیش از آنچه آورده هزینه داشته است
customer-glance-birthday = امروز زادروز اوست
customer-glance-birthday_soon = { $count ->
    [1] فردا زادروز اوست
    [one] { $count } روز تا زادروز
   *[other] { $count } روز تا زادروز
}
customer-glance-no_orders = هنوز خریدی نکرده است
customer-worth = ارزش او
customer-bounds = ۹۰٪ میان { $low } و { $high }
customer-scores = امتیاز تازگی، تکرار و مبلغ، از ۱ تا ۵
customer-next = خرید بعدی بنا بر عادت
customer-next-around = حدود { $date }
customer-next-was = انتظار می‌رفت { $date }
customer-expected = خریدهای مورد انتظار
customer-computed = محاسبه‌شده در
customer-no_value = هنوز ارزشی محاسبه نشده
customer-no_value-lead = در نخستین محاسبه پس از اولین خرید به دست می‌آید.
customer-show = نمایش
customer-orders = سفارش‌ها
customer-order = سفارش
customer-orders-none = در آخرین محاسبه سفارشی نبود.
customer-orders-as_of = بر پایهٔ آخرین محاسبه؛ سفارش‌های تازه‌تر در خط زمان دیده می‌شوند.
customer-orders-cut = بیش از این است؛ این‌ها تازه‌ترین‌ها هستند.
customer-top_category = بیشترین هزینه برای
customer-product = کالا
customer-category = دسته
customer-quantity = تعداد
customer-discount = تخفیف
customer-amount = مبلغ
customer-lake-away = اکنون نمی‌توان این را نشان داد. کمی بعد دوباره تلاش کنید.
customer-history = ارزش در گذر زمان
customer-history-none = هنوز چیزی برای مقایسه نیست: هر محاسبه یک نقطه می‌افزاید.
customer-history-bounds = کران‌های ۹۰٪
customer-history-picture = ارزش طول عمر در هر محاسبه، با کران‌ها
customer-day = روز
customer-timeline = خط زمان
customer-events-all = همه
customer-events-orders = سفارش‌ها
customer-events-events = رویدادها
customer-events-pages = صفحه‌ها
customer-events-profile = نمایه
customer-events-none = چیزی از این نوع نیست.
customer-events-older = قدیمی‌تر
customer-event-identify = تغییر نمایه
customer-event-page = دیدن صفحه
customer-event-screen = دیدن نمایشگر
customer-event-group = پیوستن به گروه
customer-event-alias = آشنا با شناسه‌ای دیگر
customer-event-track = رویداد
customer-notes = یادداشت‌ها
customer-notes-none = هنوز چیزی نوشته نشده است.
customer-notes-closed = یادداشت‌ها شاید نام افراد را داشته باشند، پس نقش شما آن‌ها را نمی‌بیند.
customer-note-new = یادداشت تازه
customer-note-add = افزودن یادداشت
customer-note-remove = حذف این یادداشت
customer-note-length = چیزی بنویسید، حداکثر { $most } نویسه.
customer-consents = رضایت‌ها
customer-consents-none = هنوز چیزی مجاز یا رد نشده است.
customer-consent-new = ثبت رضایت
customer-consent-wrong = هدف را در حداکثر ۱۰۰ نویسه بنویسید.
customer-purpose = هدف
customer-channel = کانال
customer-channel-any = همه
customer-state = وضعیت
customer-told = از
customer-granted = داده‌شده
customer-denied = ردشده
customer-withdraw = پس گرفتن
customer-give = دادن
customer-suppress = تماس نگیرید
customer-unsuppress = تماس دوباره مجاز شود
customer-reason = دلیل
customer-known = آنچه می‌دانیم
customer-id = شناسه
customer-copy = رونوشت
customer-identifiers = آشنا با
customer-id-user_id = شناسهٔ کاربر
customer-id-email = ایمیل
customer-id-phone = تلفن
customer-id-loyalty_card = کارت وفاداری
customer-id-anonymous_id = مرورگر
customer-id-device = دستگاه
customer-id-merge = ادغام دستی
customer-blocked = بیش از حد مشترک است و کسی را مشخص نمی‌کند
customer-refused = مشترک با شخصی دیگر
customer-merges = ادغام‌شده از
customer-unmerge = جدا کردن
customer-unmerge-sure = این دو برای همیشه جدا شوند؟ هیچ پیامی دوباره آن‌ها را ادغام نمی‌کند.
customer-erase = پاک کردن این شخص
customer-erase-lead = هر آنچه از او می‌دانیم پاک می‌شود: اینجا، در دریاچهٔ داده و در پشتیبان‌هایی که بازگردانده شوند. بازگشتی ندارد.
customer-erase-suppress = در آینده هر چیزی دربارهٔ او رد شود
customer-erase-sure = می‌دانم که بازگشتی ندارد
customer-erase-unsure = برای تأیید، گزینه را بزنید.
