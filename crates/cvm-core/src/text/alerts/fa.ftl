# هدف‌ها و هشدارها.

page-alerts = هدف‌ها و هشدارها
alerts-lead = هر رقم نمای کلی را زیر نظر بگیرید. هر بامداد و پس از هر محاسبهٔ ارزش‌ها بررسی می‌شود.
alerts-new = هدف یا هشدار تازه
alerts-none = هنوز چیزی زیر نظر نیست
alerts-none-lead = برای درآمد هدف بگذارید، یا بخواهید هنگامی که مشتریان کمتر از معمول بازمی‌گردند خبرتان کنیم.
alerts-what = آنچه زیر نظر است
alerts-now = اکنون
alerts-value = مقدار
alerts-state = وضعیت
alerts-day = تا روز
alerts-tells = خبر می‌دهد
alerts-check-now = همین حالا بررسی کن
alerts-checking = رقم‌ها بررسی می‌شوند؛ کمی بعد صفحه را تازه کنید.
alerts-happened = آنچه رخ داد
alerts-happened-none = هنوز هیچ.
alerts-figure = رقم
alerts-kind = چه چیزی را بپاییم
alerts-kind-target = رسیدن به هدف
alerts-kind-above = بیشتر از یک مقدار
alerts-kind-below = کمتر از یک مقدار
alerts-kind-unusual = تغییر نامعمول
alerts-threshold = هدف یا حد
alerts-threshold-hint = مبلغ‌ها به { $currency } و سهم‌ها به درصد. برای تغییر نامعمول خالی بگذارید.
alerts-days = شمرده در
alerts-days-choice = { $days ->
    [1] یک روز
   *[other] { $days } روز
}
alerts-emails = ایمیل
alerts-emails-hint = نشانی‌ها را با ویرگول از هم جدا کنید؛ خالی: به هیچ‌کس.
alerts-no-mail = هنوز ایمیلی فرستاده نمی‌شود: در تنظیمات کارسازی تعیین نشده است.
alerts-webhook = وب‌هوک
alerts-webhook-none = هیچ
alerts-edit = تغییر
alerts-remove = حذف
alerts-remove-sure = این مورد با تاریخچه‌اش حذف شود؟
alerts-fault-emails = حداکثر ده نشانی ایمیل بنویسید و با ویرگول از هم جدا کنید.
alerts-fault-days = تغییر نامعمول حداکثر در ۹۰ روز دیده می‌شود.
alerts-state-new = هنوز بررسی نشده
alerts-state-unknown = دادهٔ کم
alerts-state-quiet = بدون هشدار
alerts-state-raised = هشدار
alerts-state-met = محقق شد
alerts-state-missed = محقق نشده
alerts-period = { $days ->
    [1] روز گذشته
   *[other] { $days } روز گذشته
}
alerts-says-at_least = { $figure }، { $period }: دست‌کم { $value }
alerts-says-at_most = { $figure }، { $period }: حداکثر { $value }
alerts-says-above = { $figure }، { $period }: بیشتر از { $value }
alerts-says-below = { $figure }، { $period }: کمتر از { $value }
alerts-says-unusual = { $figure }، { $period }: تغییر نامعمول
alerts-usual = معمولاً از { $low } تا { $high }
alerts-usual-bounds = بازهٔ معمول
alerts-usual-how = معمول آن است که نزدیک میانهٔ هشت دورهٔ پیشین با همین طول بماند؛ یک روز با همان روز هفته سنجیده می‌شود.
alerts-history = روز به روز
alerts-history-none = نخستین بررسی لحظه‌ای دیگر انجام می‌شود.
alerts-set = هدف یا هشدار: { $figure }
alerts-target = هدف
alerts-tile-met = هدف { $value } محقق شد
alerts-tile-missed = هدف { $value } محقق نشده
alerts-tile-raised = هشدار: { $what }
alerts-mail-raised = هشدار: { $what }
alerts-mail-met = هدف محقق شد: { $what }
alerts-mail-missed = هدف دیگر محقق نیست: { $what }
alerts-mail-now = اکنون { $value }، تا { $day }.
alerts-mail-open = بیشتر ببینید
