# فارسی رسمی و روان بازاریابی، با نیم‌فاصله و «ی» و «ک» فارسی. پس از عدد، اسم جمع بسته نمی‌شود.

## بازه‌های زمانی
span-today = امروز
span-ago = { $unit ->
    [day] { $count } روز پیش
    [week] { $count } هفته پیش
    [month] { $count } ماه پیش
   *[year] { $count } سال پیش
}
span-every = { $unit ->
    [day] { $count ->
        [1] هر روز
       *[other] هر { $count } روز
    }
    [week] { $count ->
        [1] هر هفته
       *[other] هر { $count } هفته
    }
    [month] { $count ->
        [1] هر ماه
       *[other] هر { $count } ماه
    }
   *[year] { $count ->
        [1] هر سال
       *[other] هر { $count } سال
    }
}
span-for = { $unit ->
    [day] { $count } روز
    [week] { $count } هفته
    [month] { $count } ماه
   *[year] { $count } سال
}
span-next = { $unit ->
    [day] در { $count } روز آینده
    [week] در { $count } هفتهٔ آینده
    [month] در { $count } ماه آینده
   *[year] در { $count } سال آینده
}

## چرا مشتری در این جایگاه است
reason-new = مشتری تازه: نخستین خرید { $since }
reason-once = فقط یک خرید، { $since }
reason-on_time = { $every } خرید می‌کند، آخرین بار { $since }
reason-silent = { $every } خرید می‌کرد، { $silent } است که خبری از او نیست
reason-returned = به اندازهٔ خریدش مرجوع کرده است
reason-spend_high = { $times } برابر میانگین خرج می‌کند
reason-spend_low = نصف میانگین یا کمتر خرج می‌کند
reason-join = { $rhythm }؛ { $spend }

## بخش‌های RFM و کاری که باید کرد
segment-champions = قهرمانان
segment-loyal = وفادار
segment-potential_loyalists = در آستانهٔ وفاداری
segment-new_customers = مشتریان تازه
segment-promising = امیدبخش
segment-need_attention = نیازمند توجه
segment-about_to_sleep = رو به خاموشی
segment-at_risk = در خطر رفتن
segment-cannot_lose = نباید از دست بروند
segment-hibernating = خاموش
segment-lost = از دست رفته
action-champions = از آن‌ها تشکر کنید و بخواهید نظر بدهند و شما را به دیگران معرفی کنند. محصولات تازه را اول به آن‌ها نشان دهید؛ تخفیف لازم نیست، به قیمت کامل می‌خرند.
action-loyal = محصول یک رده بالاتر و مزایای وفاداری متناسب با خریدشان پیشنهاد کنید. بپرسید جای چه چیزی در سبد محصولات خالی است.
action-potential_loyalists = کمک کنید عادت خرید شکل بگیرد: محصولات مکمل خریدهای اخیر را پیشنهاد دهید و به باشگاه مشتریان دعوتشان کنید.
action-new_customers = خوشامد بگویید و در استفاده از خریدشان همراهی کنید. خرید دوم تعیین‌کننده است؛ در همین چند هفته دلیلی برای آن فراهم کنید.
action-promising = ارتباط را با محتوای مفید و یک مشوق کوچک و مدت‌دار برای بازگشت حفظ کنید.
action-need_attention = پیش از آنکه عادت خرید از بین برود، با پیشنهادی شخصی بر پایهٔ خریدهای گذشته خود را یادآوری کنید.
action-about_to_sleep = یادآوری با محصولات پرفروش یا تخفیفی ملایم بفرستید؛ اگر پاسخی نیامد، ادامه ندهید.
action-at_risk = با پیامی شخصی و پیشنهادی خوب بازشان گردانید و بپرسید مشکل چه بوده است.
action-cannot_lose = شخصاً تماس بگیرید؛ آن‌ها از بهترین‌ها بودند. دلیل رفتنشان را پیدا کنید و پیشنهادی درخور ارزش گذشته‌شان بدهید.
action-hibernating = فقط ارتباط کم‌هزینه: یادآوری فصلی یا خبرنامه. پیش از هزینهٔ بیشتر، با گروه کنترل مقایسه کنید.
action-lost = به‌طور پیش‌فرض برایشان هزینه نکنید؛ حداکثر در یک آزمون گستردهٔ بازگرداندن بگنجانیدشان.

## سطح‌های ارزش
tier-platinum = پلاتین
tier-gold = طلایی
tier-silver = نقره‌ای
tier-bronze = برنزی

## بخش‌ها: نام فیلدها
field-first_purchase = نخستین خرید
field-last_purchase = آخرین خرید
field-frequency = خریدهای تکراری
field-recency_days = روزهای میان نخستین و آخرین خرید
field-age_days = روزهای گذشته از نخستین خرید
field-monetary = میانگین خرید تکراری
field-revenue = درآمد
field-returns = مرجوعی‌ها
field-profit = سود
field-r_score = امتیاز تازگی
field-f_score = امتیاز دفعات
field-m_score = امتیاز مبلغ
field-rfm_segment = بخش RFM
field-p_alive = احتمال مشتری ماندن
field-expected_purchases = خریدهای مورد انتظار
field-expected_spend = هزینه‌کرد مورد انتظار
field-clv = ارزش طول عمر مشتری
field-clv_low = کران پایین ارزش طول عمر
field-clv_high = کران بالای ارزش طول عمر
field-clv_simple = ارزش طول عمر ساده
field-value_tier = سطح ارزش
field-cluster = خوشه
field-reason = دلیل
field-first_seen_at = نخستین تماس
field-last_seen_at = آخرین تماس
field-city = شهر
field-country = کشور
field-language = زبان
field-gender = جنسیت
field-birthday = تاریخ تولد
field-created_at = گشایش حساب
field-email = رایانامه
field-phone = شماره تلفن
field-category = دسته
field-product = کالا
field-channel = کانال
field-source = منبع
field-coupon = کوپن
field-amount = مبلغ
field-quantity = تعداد

## بخش‌ها: چه کرده است
funnel-products_searched = جست‌وجوی کالا
funnel-product_list_viewed = دیدن فهرست کالاها
funnel-product_list_filtered = پالایش فهرست کالاها
funnel-promotion_viewed = دیدن تخفیف
funnel-promotion_clicked = کلیک روی تخفیف
funnel-product_clicked = کلیک روی کالا
funnel-product_viewed = دیدن کالا
funnel-product_added_to_wishlist = افزودن کالا به فهرست دلخواه
funnel-product_added = افزودن کالا به سبد
funnel-product_removed = برداشتن کالا از سبد
funnel-cart_viewed = دیدن سبد
funnel-coupon_entered = وارد کردن کوپن
funnel-coupon_applied = پذیرش کوپن
funnel-coupon_denied = رد کوپن
funnel-coupon_removed = برداشتن کوپن
funnel-checkout_started = آغاز پرداخت
funnel-checkout_step_viewed = دیدن گام پرداخت
funnel-checkout_step_completed = پایان گام پرداخت
funnel-payment_info_entered = وارد کردن اطلاعات پرداخت
funnel-order_completed = ثبت سفارش
funnel-order_updated = تغییر سفارش
funnel-order_refunded = بازپرداخت
funnel-order_cancelled = لغو سفارش
funnel-product_reviewed = نقد کالا
rule-purchase = خرید
rule-visit = بازدید
rule-event = رویداد { $name }
rule-page = دیدن صفحهٔ { $name }
rule-screen = دیدن نمای { $name }
rule-with = { $event } ({ $conditions })
rule-did = { $event }: { $details }
rule-details = { $first }، { $second }
rule-times-at_least = { $count ->
    [one] دست‌کم { $count } بار
   *[other] دست‌کم { $count } بار
}
rule-times-at_most = { $count ->
    [one] حداکثر { $count } بار
   *[other] حداکثر { $count } بار
}
rule-times-exactly = { $count ->
    [one] دقیقاً { $count } بار
   *[other] دقیقاً { $count } بار
}
rule-never = هیچ‌گاه
rule-when-last = { $days ->
    [one] در { $days } روز گذشته
   *[other] در { $days } روز گذشته
}
rule-when-between = از { $from } تا { $to }
rule-spending-at_least = با هزینهٔ دست‌کم { $amount }
rule-spending-at_most = با هزینهٔ حداکثر { $amount }
rule-then = { $first }، سپس { $second }
rule-sequence = { $days ->
    [one] { $steps }، هر یک تا { $days } روز پس از پیشین
   *[other] { $steps }، هر یک تا { $days } روز پس از پیشین
}
rule-not_followed = { $days ->
    [one] { $first } دست‌کم { $days } روز پیش، و از آن پس بدون { $then }
   *[other] { $first } دست‌کم { $days } روز پیش، و از آن پس بدون { $then }
}

## بخش‌ها: شرط‌ها
rule-quoted = «{ $text }»
rule-true = بله
rule-false = خیر
rule-equals = { $field } برابر { $value } است
rule-one_of = { $field } یکی از { $values } است
rule-contains = { $field } شامل { $value } است
rule-starts_with = { $field } با { $value } آغاز می‌شود
rule-above = { $field } بیش از { $value }
rule-at_least = { $field } دست‌کم { $value }
rule-below = { $field } کمتر از { $value }
rule-at_most = { $field } حداکثر { $value }
rule-between = { $field } از { $low } تا { $high }
rule-on = { $field } در { $date }
rule-before = { $field } پیش از { $date }
rule-after = { $field } پس از { $date }
rule-in_last_days = { $days ->
    [one] { $field } در { $days } روز گذشته
   *[other] { $field } در { $days } روز گذشته
}
rule-more_than_days_ago = { $days ->
    [one] { $field } بیش از { $days } روز پیش
   *[other] { $field } بیش از { $days } روز پیش
}
rule-in_next_days = { $days ->
    [one] { $field } در { $days } روز آینده
   *[other] { $field } در { $days } روز آینده
}
rule-birthday_in_days = { $days ->
    [one] سالگرد { $field } در { $days } روز آینده
   *[other] سالگرد { $field } در { $days } روز آینده
}
rule-is_set = { $field } معلوم است
rule-is_not_set = { $field } معلوم نیست
rule-any_channel = هر کانال
rule-consent-granted = رضایت برای { $purpose } ({ $channel }): داده شده
rule-consent-denied = رضایت برای { $purpose } ({ $channel }): داده نشده
rule-consent-unknown = رضایت برای { $purpose } ({ $channel }): چیزی گفته نشده
rule-segment = در بخش { $name }
rule-sql = شرط SQL { $sql }
rule-and = { $first }، و { $second }
rule-or = { $first }، یا { $second }
rule-group = ({ $condition })
rule-not = نه: { $condition }

## بخش‌ها: آماده
ready-champions = قهرمانان
ready-valuable_at_risk = ارزشمند و در خطر رفتن
ready-new = مشتریان تازه
ready-one_time = خریداران یک‌باره
ready-unprofitable = زیان‌ده
ready-would_be_vip = برترین‌های آینده
ready-sleeping = خفته

## سطرهای استفاده‌نشده
problem-no_customer = مشتری مشخص نیست
problem-unreadable_time = تاریخ خوانا نیست
problem-no_time = تاریخ ندارد
problem-not_a_number = مبلغ عدد نیست
problem-no_amount = مبلغ ندارد
problem-future_date = تاریخ در آینده است
problem-after_as_of = پس از تاریخ مبنا
problem-duplicate = تکرار سطری پیشین
problem-return_dropped = مرجوعی، به خواست شما کنار گذاشته شد
problem-other_currency = به ارزی دیگر
problem-wrong_columns = تعداد ستون‌ها نادرست است
problem-unreadable_text = متن رمزگشایی نمی‌شود

## ستون‌های پرونده
role-customer = مشتری
role-time = تاریخ
role-amount = مبلغ
role-quantity = تعداد
role-unit_price = قیمت واحد
role-order = سفارش
role-product = محصول
role-category = دسته
role-channel = کانال
role-currency = ارز
role-cost = هزینه
found-name = از روی نام
found-content = از روی محتوا
found-flag = به خواست شما
found-only = تنها گزینهٔ مناسب

## تفاوت هر گروه با بقیه
trait-days_since_last-above = آخرین خرید { $typical } روز پیش (همهٔ مشتریان: { $base })
trait-days_since_last-below = خرید تازه: { $typical } روز پیش (همهٔ مشتریان: { $base })
trait-purchases-above = خرید پرتکرار: { $typical } خرید (همهٔ مشتریان: { $base })
trait-purchases-below = خرید کم‌تکرار: { $typical } خرید (همهٔ مشتریان: { $base })
trait-order_value-above = سفارش‌های بزرگ: { $typical } (همهٔ مشتریان: { $base })
trait-order_value-below = سفارش‌های کوچک: { $typical } (همهٔ مشتریان: { $base })
trait-age_days-above = مشتری قدیمی: { $typical } روز (همهٔ مشتریان: { $base })
trait-age_days-below = مشتری تازه‌وارد: { $typical } روز (همهٔ مشتریان: { $base })
trait-interval_days-above = فاصلهٔ زیاد میان خریدها: { $typical } روز (همهٔ مشتریان: { $base })
trait-interval_days-below = فاصلهٔ کم میان خریدها: { $typical } روز (همهٔ مشتریان: { $base })

## هشدارها
warning-no_holdout = دورهٔ داده‌ها کوتاه‌تر از آن است که بخشی برای آزمون کنار گذاشته شود؛ پس چیزی کیفیت پیش‌بینی را نشان نمی‌دهد. آن را برآوردی اولیه بدانید.
warning-bias_above = در خریدهایی که مدل ندیده بود، { $share } بیش از واقعیت پیش‌بینی کرد. رقم‌های آینده هم ممکن است به همین اندازه بیش‌برآورد باشند.
warning-bias_below = در خریدهایی که مدل ندیده بود، { $share } کمتر از واقعیت پیش‌بینی کرد. رقم‌های آینده هم ممکن است به همین اندازه کم‌برآورد باشند.
warning-coverage = در بازه‌هایی که باید ۹۰٪ مشتریان را در بر بگیرند، { $share } جای گرفتند. به بازهٔ تک‌تک مشتریان با احتیاط تکیه کنید.
warning-spend_depends = مشتریانی که بیشتر خرید می‌کنند، مبلغ هر خریدشان نیز متفاوت است (همبستگی { $correlation })؛ اما مدل مبلغ این دو را مستقل می‌گیرد. ارزش پرتکرارترین خریداران قطعیت کمتری دارد.
warning-few_repeat = فقط { $customers } مشتری بیش از یک بار خرید کرده‌اند؛ برای شناخت عادت خرید کم است.
warning-many_problems = { $share } از سطرها استفاده نشد. پیش از تکیه بر جمع‌ها، دلیل آن را بررسی کنید.
warning-no_costs = نه ستون هزینه هست و نه حاشیهٔ سود؛ پس ارزش در اینجا یعنی درآمد، نه سود.
warning-identical_rows = { $rows } سطر در همهٔ ستون‌ها با سطری پیشین یکسان است. نگه داشته شدند، چون ممکن است واقعی باشند.
warning-no_spend_model = مدل مبلغ برازش نشد. به جای آن، میانگین خود مشتری که به سوی میانگین کل کشیده شده به کار رفته است.
warning-weak_prior = داده‌ها یکی از پارامترهای مدل { $model } را روشن نمی‌کنند، برای نمونه جایی که گویا تقریباً کسی نمی‌رود. فرضی ضعیف آن را تعیین کرد، پس آینده‌ی دور را با احتیاط بنگرید.
warning-few_covariates = { $share } از مشتریان در فایل ویژگی‌ها سطری ندارند، پس مدل‌ها دربارهٔ آن‌ها چیزی جز خریدهایشان نمی‌دانند.
warning-no_model = مدل خرید برازش نشد، پس پیش‌بینی در کار نیست. آنچه تاکنون رخ داده نشان داده شده است.

## ستون‌های مشتری
column-customer_id = مشتری، همان‌گونه که در پرونده است
column-first_purchase = روز محلی نخستین خرید
column-last_purchase = روز محلی آخرین خرید
column-frequency = خریدهای تکراری: روزهای با خالص مثبت، بدون روز نخست
column-recency_days = روزهای میان نخستین و آخرین خرید
column-age_days = روزهای میان نخستین خرید و تاریخ مبنا
column-monetary = میانگین خالص خریدهای تکراری؛ اگر نباشد خالی
column-revenue = درآمد خالص تاکنون، پس از کسر مرجوعی
column-returns = مرجوعی و لغو تاکنون، به صورت عدد مثبت
column-profit = سود تاکنون: درآمد منهای هزینه اگر در پرونده باشد، وگرنه درآمد × حاشیهٔ سود؛ خالی اگر هیچ‌یک دانسته نباشد
column-r_score = امتیاز تازگی از ۱ تا ۵؛ ۵ یعنی تازه‌ترین خریداران
column-f_score = امتیاز تکرار از ۱ تا ۵؛ ۵ یعنی پرتکرارترین خریداران
column-m_score = امتیاز مبلغ از ۱ تا ۵؛ ۵ یعنی بیشترین خرج در مجموع
column-rfm_segment = یکی از یازده بخش RFM
column-p_alive = احتمال اینکه در تاریخ مبنا هنوز مشتری باشد
column-expected_purchases = خریدهای مورد انتظار در افق پیش‌بینی
column-expected_spend = درآمد مورد انتظار در افق پیش‌بینی، بدون تنزیل
column-clv = ارزش طول عمر مشتری: سود مورد انتظار در افق پیش‌بینی، تنزیل‌شده
column-clv_low = ۵٪ از پیامدها پایین‌تر از این است، با احتساب شانس؛ بدون عدم قطعیت خالی
column-clv_high = ۵٪ از پیامدها بالاتر از این است، با احتساب شانس؛ بدون عدم قطعیت خالی
column-clv_simple = میانگین ارزش سفارش × خرید در سال × طول عمر کل مشتریان، × حاشیهٔ سود
column-value_tier = بر پایهٔ CLV: پلاتین (۵٪ برتر)، طلایی (۱۵٪ بعدی)، نقره‌ای (۳۰٪ بعدی)، برنزی
column-cluster = گروه رفتاری، ۱ ارزشمندترین؛ اگر گروهی پیدا نشود خالی
column-reason = دلیل، به زبان ساده

## گزارش: چارچوب
report-title = گزارش ارزش مشتریان
report-as_of = تا تاریخ { $date }
report-period = خریدها از { $from } تا { $to }
report-rows = { $used } سطر از { $read } سطر استفاده شد
report-contents = فهرست
report-skip = رفتن به گزارش
report-show_table = نمایش به صورت جدول
report-made_by = تهیه‌شده با OpenCVM { $version }. همهٔ محاسبه‌ها همان‌جا که داده‌هاست انجام شده و این پرونده چیزی از شبکه نمی‌گیرد.
report-scroll = { $table } (جدول، پیمایش افقی)
interval-between = { $low } تا { $high }
interval-90 = ۹۰٪: { $low } تا { $high }
interval-caption = بخش رنگی: از هر ۱۰ پیامد، ۹ پیامد اینجاست

## رقم‌های اصلی
kpi-clv = ارزش طول عمر مشتریان
kpi-clv-note = سود { $horizon }، تنزیل‌شده
kpi-clv-note-revenue = درآمد { $horizon }، تنزیل‌شده
kpi-expected_revenue = درآمد مورد انتظار
kpi-expected_purchases = خریدهای مورد انتظار
kpi-active = هنوز مشتری
kpi-active-note = { $share } از { $customers }
kpi-customers = مشتریان
kpi-customers-note = { $share } دوباره خریده‌اند
kpi-revenue = درآمد تاکنون
kpi-revenue-note = پس از کسر { $returns } مرجوعی
kpi-purchases = خریدها تاکنون
kpi-purchases-note = { $count } خرید در سال برای هر مشتری
kpi-order_value = میانگین ارزش سفارش
kpi-order_value-note = { $count } خرید تاکنون
kpi-clv_simple = CLV با فرمول ساده
kpi-clv-simple = با فرمول ساده: { $clv }

## چقدر می‌توان مطمئن بود
sure-title = چقدر می‌توان مطمئن بود؟
sure-holdout = پیش‌بینی روی { $customers } مشتری و خریدهایی آزموده شد که مدل ندیده بود ({ $from } تا { $to }). { $predicted } خرید پیش‌بینی کرد و { $actual } خرید انجام شد.
sure-exact = اختلاف کمتر از نیم درصد است.
sure-above = یعنی { $share } بیش از واقعیت.
sure-below = یعنی { $share } کمتر از واقعیت.
sure-coverage = خرج { $share } از مشتریان در بازهٔ ۹۰٪ خودشان جای گرفت.
sure-total-inside = مجموع خرج همه نیز در بازهٔ خود بود.
sure-total-outside = مجموع خرج همه از بازهٔ خود بیرون زد.
sure-laplace = بازه‌ها هم تردید مدل را در بر دارند و هم شانس را: ۵٪ از پیامدها پایین‌تر و ۵٪ بالاتر از آن‌هاست.
sure-nuts = بازه‌ها از توزیع پسین کامل (NUTS) به دست آمده‌اند و شانس را هم در بر دارند: ۵٪ از پیامدها پایین‌تر و ۵٪ بالاتر از آن‌هاست.
sure-none = عدم قطعیت خاموش بود، پس رقم‌ها بازه ندارند.
sure-fine = چیزی در داده‌ها مانع تکیه بر این رقم‌ها نیست.
sure-warnings = { $count } نکته که باید پیش از همه بدانید

## بخش‌ها
concentration-title = ارزش کجاست
concentration-lead = ۲۰٪ برتر مشتریان تاکنون { $revenue } از درآمد را آورده‌اند و { $clv } از ارزش آینده نزد آن‌هاست.
concentration-chart = سهم مشتریان از ارزش، از کم‌ارزش‌ترین به بالا
concentration-customers = سهم مشتریان
concentration-value = سهم ارزش
concentration-equal = همه برابر
concentration-gini = ضریب جینی
concentration-top20 = سهم ۲۰٪ برتر
concentration-past = درآمد تاکنون
concentration-future = ارزش آینده
monthly-title = درآمد ماهانه
monthly-lead = پس از کسر مرجوعی. ماه‌ها میلادی‌اند و ماه‌هایی که داده‌ها تنها بخشی از آن‌ها را پوشش می‌دهند کم‌رنگ‌ترند.
monthly-average = در { $count } ماه کامل اخیر، درآمد به طور میانگین ماهی { $revenue } بوده است.
monthly-new = مشتریان تازه
monthly-active = مشتریان خریدار
monthly-partial = ناقص
rfm-title = تازگی و تکرار
rfm-lead = هر مشتری برای اینکه چقدر تازه و چقدر پرتکرار خریده است از ۱ تا ۵ امتیاز می‌گیرد. هرچه رنگ خانه پررنگ‌تر، ارزش آیندهٔ آن بیشتر.
rfm-recency = امتیاز تازگی
rfm-frequency = امتیاز تکرار
rfm-cell = { $customers } مشتری
rfm-empty = ندارد
segments-title = بخش‌ها و کاری که باید کرد
segments-lead = بخش‌ها به ترتیب ارزش. نوار، سهم هر بخش از ارزش آینده را نشان می‌دهد.
segments-action = چه باید کرد
tiers-title = سطح‌های ارزش
tiers-lead = مشتریان به ترتیب ارزش آینده: پلاتین ۵٪ برتر، طلایی ۱۵٪ بعدی، نقره‌ای ۳۰٪ بعدی و برنزی بقیه.
tiers-chart = سهم مشتریان و ارزش در هر سطح
clusters-title = گروه‌های رفتاری
clusters-lead = از دل داده‌ها و بدون قاعدهٔ ازپیش‌تعیین‌شده. هر گروه با تفاوتش از بقیه وصف شده است: مقدارهای معمول، و در پرانتز مقدار همهٔ مشتریان.
clusters-name = گروه { $number }
clusters-none = گروهی پیدا نشد: مشتریان کم‌شمار یا بسیار شبیه هم‌اند.
clusters-ordinary = از هر نظر نزدیک به میانگین
cohorts-title = چه کسانی برمی‌گردند
cohorts-lead = مشتریان بر پایهٔ ماه نخستین خرید (میلادی)، و اینکه از هر صد نفر چند نفر در هر یک از ماه‌های بعد دوباره خریده‌اند.
cohorts-month = نخستین خرید
cohorts-after = ماه‌های پس از نخستین خرید
cohorts-all = همه
leaving-title = در حال رفتن، اما ارزشمند
leaving-lead = مشتریانی با ارزش گذشتهٔ زیاد که احتمالاً رفته‌اند؛ نخست بزرگ‌ترین زیان.
leaving-none = به نظر نمی‌رسد مشتری ارزشمندی در حال رفتن باشد.
best-title = ارزشمندترین مشتریان
best-lead = بیشترین ارزش آینده، همراه با بازه‌ای که هر کدام در ۹ بار از ۱۰ بار در آن جای می‌گیرد.
profit-title = چه کسانی بیش از آنچه می‌آورند هزینه دارند
profit-lead = { $customers } مشتری زیان‌ده‌اند و در مجموع { $loss } زیان می‌رسانند؛ سود همهٔ مشتریان با هم { $total } است.
profit-lead-none = هیچ مشتری زیان‌دهی نیست؛ سود همه با هم { $total } است.
profit-unknown = هزینه‌ها معلوم نیست. ستون هزینه (بهای واحد یا هزینهٔ خدمت‌رسانی) را در پرونده مشخص کنید تا روشن شود چه کسانی بیش از آنچه می‌آورند هزینه دارند.
profit-chart = سهم از کل سود، از سودآورترین مشتری به پایین
profit-share = سهم سود
profit-column = سود تاکنون
distribution-title = پراکندگی ارزش
distribution-lead = در هر بازه از ارزش آینده چند مشتری جای می‌گیرند.
validation-title = پیش‌بینی در برابر واقعیت
validation-lead = مدل‌ها خریدهای تا { $calibration } را دیدند و خریدهای پس از آن تا { $holdout } را پیش‌بینی کردند. سپس بهترین مدل یا ترکیب مدل‌ها با همهٔ داده‌ها برازش شد.
validation-none = دورهٔ داده‌ها کوتاه‌تر از آن است که بخشی برای آزمون کنار گذاشته شود.
validation-candidates = مدل‌های آزموده
validation-by_frequency = خریدهای دورهٔ آزمون بر پایهٔ خریدهای تکراری پیشین
validation-by_frequency-axis = خریدهای تکراری پیشین
validation-tracking = خریدهای تکراری انباشته، هفته به هفته
validation-week = هفته
validation-holdout = دورهٔ آزمون
validation-actual = واقعی
validation-predicted = پیش‌بینی
validation-total = خرج همهٔ مشتریان در دورهٔ آزمون
validation-coverage = { $inside } از مشتریان در بازهٔ خود بودند (هدف { $nominal }) و { $above } بالاتر از آن.
validation-model = مدل
validation-mae = میانگین خطا برای هر مشتری
validation-rmse = جذر میانگین مربع خطا
validation-difference = اختلاف
validation-likelihood = لگاریتم درست‌نمایی
validation-weight = وزن
validation-chosen = در حال استفاده
validation-failed = برازش نشد
models-title = مدل و تنظیمات
models-lead = پارامترهای برازش‌شده با نمادهای رایج در مقاله‌ها، همراه با خطای معیار.
models-fitted = برازش روی { $customers } مشتری، لگاریتم درست‌نمایی { $likelihood }.
models-none = مدلی برازش نشد.
models-parameter = پارامتر
models-estimate = برآورد
models-error = خطای معیار
setting = تنظیم
setting-value = مقدار
setting-model = مدل پیش‌بینی
setting-horizon = افق
setting-discount = نرخ تنزیل سالانه
setting-margin = حاشیهٔ سود از درآمد
setting-margin-costs = از هزینه‌های پرونده
setting-uncertainty = عدم قطعیت
setting-uncertainty-laplace = تقریب لاپلاس
setting-uncertainty-nuts = توزیع پسین کامل (NUTS)
setting-uncertainty-none = خاموش
setting-timezone = منطقهٔ زمانی
setting-currency = ارز
setting-currency-none = نامشخص
data-title = داده‌ها و نحوهٔ خواندن آن‌ها
data-lead = { $read } سطر خوانده و { $used } سطر استفاده شد.
data-files = پرونده‌ها
data-role = کاربرد
data-column = ستون
data-format = شیوهٔ نگارش
data-found = روش تشخیص
data-columns = ستون‌ها
data-problems = سطرهای استفاده‌نشده
data-problems-none = همهٔ سطرها استفاده شد.
data-reason = دلیل
data-rows = سطر
data-share = سهم از کل سطرها
glossary-title = اصطلاح‌ها و ستون‌ها
glossary-terms = اصطلاح‌ها
glossary-columns = ستون‌های جدول مشتریان
glossary-term = اصطلاح
glossary-name = ستون
glossary-meaning = معنی
term-clv = CLV
term-clv-meaning = ارزش طول عمر مشتری: سودی که انتظار می‌رود مشتری در افق پیش‌بینی بیاورد؛ هر مبلغ آینده به ارزش امروز برگردانده شده است.
term-alive = احتمال فعال بودن
term-alive-meaning = احتمال اینکه مشتری برای همیشه نرفته باشد. در فروشگاه کسی خداحافظی نمی‌کند؛ پس این احتمال از سکوت مشتری و در مقایسه با عادت خودش برآورد می‌شود.
term-rfm = RFM
term-rfm-meaning = تازگی، تکرار و مبلغ خرید (recency, frequency, monetary) که هر کدام با تقسیم مشتریان به پنج بخش، از ۱ تا ۵ امتیاز می‌گیرد.
term-interval = بازهٔ ۹۰٪
term-interval-meaning = ۵٪ از پیامدها زیر کران پایین و ۵٪ بالای کران بالا می‌افتند، با احتساب شانس. پیش‌بینی یک مشتری دشوار است، پس بازهٔ او پهن است؛ بازهٔ کل مشتریان باریک است.
term-holdout = آزمون با داده‌های کنارگذاشته
term-holdout-meaning = بخش پایانی داده‌ها از مدل پنهان می‌ماند و مدل باید آن را پیش‌بینی کند. پس خطایی که می‌بینید خطای یک پیش‌بینی واقعی است.
term-gini = ضریب جینی
term-gini-meaning = ۰ اگر ارزش همهٔ مشتریان برابر باشد؛ ۱ اگر همهٔ ارزش نزد یک مشتری باشد.

## ستون‌های جدول‌ها
table-customer = مشتری
table-segment = بخش
table-tier = سطح
table-group = گروه
table-customers = مشتریان
table-share-customers = سهم مشتریان
table-revenue = درآمد تاکنون
table-clv = CLV
table-clv-share = سهم از CLV
table-clv-each = CLV هر مشتری
table-alive = احتمال فعال بودن
table-purchases = خرید
table-purchases-each = خرید هر مشتری
table-since = روز از آخرین خرید
table-last = آخرین خرید
table-from = از
table-to = تا
table-month = ماه
table-range = بازهٔ ۹۰٪
table-what = چگونه‌اند
table-figure = شاخص

## What else is known of customers
covariates-title = از مشتریان دیگر چه می‌دانیم
covariates-lead = مشتریان با هر ویژگی، اگر همه چیز دیگر یکسان باشد، چگونه خرید می‌کنند و چگونه می‌روند؛ بر پایهٔ { $model }. هر سطر با نخستین سطر همان ستون سنجیده شده است.
covariates-lead-unused = هیچ مدلی با این ستون‌ها پیش‌بینی نمی‌کند: در دادهٔ کنارگذاشته بهتر از مدل‌های بی‌آن‌ها نبود، یا داده‌ای برای سنجیدن آن نبود.
covariates-matched = مشتریانی که در فایل سطر دارند: { $matched } از { $customers }. دیگران بی‌مقدار شمرده می‌شوند.
covariates-rows = سطرهای به‌کارنرفتهٔ فایل: از مشتریان بی‌خرید { $other }، ناخوانا یا بی‌مشتری { $unusable }.
covariates-without = مشتریان بی‌مقدار: { $columns }. در ستون متنی اگر کم نباشند گروهی جدا هستند؛ در ستون عددی، میانه برای آن‌ها گرفته شده است.
covariates-coarsened = برای آنکه گروه‌های مشتریان کم بماند، به مقدارهای کمتری بخش شد: { $columns }.
covariates-column = ستون
covariates-level = مقدار
covariates-other = مقدارهای دیگر
covariates-missing = بی‌مقدار
covariates-first = دیگران با این سنجیده می‌شوند
covariates-buying = خرید می‌کند، چند برابر
covariates-leaving = می‌رود، چند برابر
covariates-words = به زبان ساده
covariates-buys-more = { $share } بیشتر خرید می‌کند
covariates-buys-less = { $share } کمتر خرید می‌کند
covariates-buys-same = تفاوت روشنی در خرید نیست
covariates-leaves-more = { $share } آسان‌تر می‌رود
covariates-leaves-less = { $share } دشوارتر می‌رود
covariates-leaves-same = تفاوت روشنی در رفتن نیست
covariates-same = تفاوت روشنی نیست
covariates-join = { $buys }؛ { $leaves }
covariates-left_out = ستون‌های به‌کارنرفته
left_out-empty = مقداری ندارد
left_out-all_the_same = برای همهٔ مشتریان یکسان است
left_out-all_different = تقریباً برای هر مشتری چیز دیگری است
left_out-dates = تاریخ دارد
left_out-too_many_columns = ستون‌هایی به شمار مجاز، گویا بیشتر می‌گویند
left_out-too_many_groups = گروه‌های مشتریان را بیش از اندازه می‌کند
summary-covariates = ویژگی‌های مشتریان
summary-covariates-left_out = به‌کارنرفته

## خلاصه در پایانه
summary-models = { $model } پیش‌بینی می‌کند؛ آزمون روی خریدهای نادیدهٔ { $customers } مشتری: { $predicted } پیش‌بینی، { $actual } واقعی ({ $error }).
summary-model-untested = { $model } پیش‌بینی می‌کند، بدون آزمون: دورهٔ داده‌ها کوتاه است.
summary-segments = بخش‌های برتر
summary-segment = { $customers } مشتری، CLV { $clv } ({ $share })
summary-problems = سطرهای استفاده‌نشده
summary-warnings = هشدارها
summary-sure = آزمون

## آنچه کار در حال اجرا می‌گوید
step-look = بررسی فایل‌ها
step-read = خواندن
step-choose = مقایسه‌ی مدل‌ها
step-fit = برازش مدل
step-score = پیش‌بینی برای هر مشتری
step-write = نوشتن نتیجه‌ها
step-owners = یافتن صاحب هر شناسه
step-orders = جمع‌بندی سفارش‌ها
step-values = ذخیرهٔ مقادیر
step-make = ساختن مشتریان
terminal-columns = ستون‌های خوانده‌شده

## قراردادها: سطرها، ستون‌ها، دوره‌ها
problem-no_end = پایان یافته، ولی بی‌تاریخ پایان
problem-end_before_start = پیش از آغاز پایان می‌یابد
problem-unreadable_status = نه فعال و نه پایان‌یافته
problem-no_tenure = سابقه نیست یا عدد نیست
role-start = آغاز
role-end = پایان
role-tenure = سابقه
role-observed = دوره‌های مشاهده
role-churned = فعال یا پایان‌یافته
role-value = ارزش هر دوره
periods = { $unit ->
    [week] { $count ->
       *[other] { $count } هفته
    }
    [month] { $count ->
       *[other] { $count } ماه
    }
    [year] { $count ->
       *[other] { $count } سال
    }
   *[period] { $count ->
       *[other] { $count } دوره
    }
}
period-name = { $unit ->
    [week] هفته
    [month] ماه
    [year] سال
   *[period] دوره
}
period-days = { $count ->
   *[other] { $count } روز
}
contract-new = تازه، هنوز به نخستین تمدید نرسیده؛ { $share } از چنین قراردادهایی تمدید می‌شوند
contract-active = سابقه: { $tenure }؛ { $share } از چنین قراردادهایی در نوبت بعد تمدید می‌شوند
contract-ended = پایان‌یافته؛ سابقه: { $tenure }
contract-column-customer_id = مشتری، چنان‌که در فایل آمده
contract-column-start = نخستین روز قرارداد؛ خالی اگر فایل تاریخ ندارد
contract-column-tenure_periods = شمار دوره‌ها از آغاز تا پایان قرارداد یا مشاهده
contract-column-active = آیا قرارداد در پایان مشاهده فعال بود
contract-column-renewals = تمدیدها تاکنون
contract-column-p_renew_next = احتمال تمدید بعدی؛ برای قرارداد پایان‌یافته صفر
contract-column-expected_remaining_periods = دوره‌های مورد انتظار در افق، بی تنزیل
contract-column-residual_value = حاشیهٔ سود مورد انتظار در افق، تنزیل‌شده؛ خالی اگر ستون ارزش نباشد
contract-column-reason = چرا، به زبان ساده

## قراردادها: هشدارها
retention-warning-no_holdout = دوره‌های دیده‌شده کم‌تر از آن‌اند که بخشی کنار گذاشته شود؛ پس چیزی نشان نمی‌دهد منحنی چقدر درست پیش‌بینی می‌کند. آن را برآوردی نخستین بدانید.
retention-warning-poor_fit = در { $share } از دوره‌های دیده‌شده، منحنی بیرون از بازهٔ رخدادهاست. پیش‌بینی آن هم ممکن است نادرست باشد.
retention-warning-few_losses = { $contracts ->
   *[other] تنها { $contracts } قرارداد پایان یافته است: برای دانستن زمان رفتن مشتریان بس نیست.
}
retention-warning-extrapolated = { $seen ->
   *[other] افق بیش از دو برابر درازترین سابقهٔ دیده‌شده ({ $seen } دوره) است. آنچه پس از آن می‌آید تنها بر مدل تکیه دارد.
}
retention-warning-no_values = فایل‌ها نمی‌گویند هر قرارداد در هر دوره چقدر می‌آورد؛ پس طول عمر هست ولی ارزش نیست. ستون ارزش را معرفی کنید.
retention-warning-no_margin = حاشیهٔ سود داده نشده؛ پس ارزش در اینجا یعنی درآمد، نه سود.
retention-warning-as_of = آخرین تاریخ فایل‌ها، { $date }، پایان مشاهده فرض شده است. اگر فایل‌ها دیرتر ساخته شده‌اند، تاریخ مبنا را بگویید؛ وگرنه قراردادها جوان‌تر از آنچه هستند دیده می‌شوند.

## قراردادها: گزارش
retention-title = گزارش ماندگاری قراردادها
retention-undated = سابقه‌ها چنان‌که در فایل آمده
retention-dates = قراردادها از { $from } تا { $to }
kpi-residual = ارزش باقی‌مانده
kpi-residual-note = حاشیهٔ سود قراردادهای فعال، تنزیل‌شده؛ افق: { $periods }
kpi-residual-note-revenue = درآمد قراردادهای فعال، تنزیل‌شده؛ افق: { $periods }
kpi-residual-endless = بدون افق: { $value }
kpi-contracts = قراردادها
kpi-contracts-note = پایان‌یافته: { $ended }
kpi-contracts_active = قراردادهای فعال
kpi-contracts_active-note = { $share } از همه
kpi-churn = { $unit ->
    [week] ریزش هفتگی
    [month] ریزش ماهانه
    [year] ریزش سالانه
   *[period] ریزش هر دوره
}
kpi-churn-note = از قراردادهایی که به تمدید می‌رسند
kpi-lifetime = طول عمر مورد انتظار
kpi-lifetime-note = برای قرارداد تازه؛ افق: { $periods }
kpi-revenue_period = { $unit ->
    [week] درآمد هفتگی
    [month] درآمد ماهانه
    [year] درآمد سالانه
   *[period] درآمد هر دوره
}
kpi-revenue_period-note = از همهٔ قراردادهای فعال
retention-sure-holdout = منحنی به‌کاررفته ({ $model }) بدون درازترین سابقه‌ها (کنارگذاشته: { $periods }) برازش شد و باید آن‌ها را پیش‌بینی می‌کرد. سهم تمدیدها به‌طور میانگین { $error } خطا داشت.
retention-sure-bounds = بازهٔ منحنی‌ها و نرخ‌ها تردید دربارهٔ خود آن‌ها را در بر دارد. بازهٔ ارزش باقی‌مانده تصادف را هم در بر دارد: ۵٪ نتیجه‌ها پایین‌تر و ۵٪ بالاتر از آن‌اند.
retention-sure-tenure = قراردادها در اینجا تنها با سابقه از هم جدا می‌شوند: دو قرارداد هم‌سابقه بخت تمدید یکسانی دارند، هر تفاوت دیگری که داشته باشند.
survival-title = مشتریان چقدر می‌مانند
survival-lead = از ۱۰۰ قرارداد تازه، { $share } قرارداد پس از { $periods } فعال خواهد بود.
survival-chart = سهم قراردادهایی که هنوز فعال‌اند
survival-seen = دیده‌شده (کاپلان-مایر)
survival-bounds = بازهٔ ۹۰٪ دیده‌ها
survival-projected = پیش‌بینی ({ $model })
survival-beyond = هنوز دیده نشده
renewals-title = چه کسی تمدید می‌کند
renewals-lead = از قراردادهایی که به پایان هر دوره رسیدند چه سهمی تمدید شد، با بازهٔ آن.
renewals-chart = سهم تمدیدشده بر پایهٔ دورهٔ سابقه
renewals-due = به تمدید رسیده
renewals-lost = پایان‌یافته
renewals-share = تمدیدشده
renewals-projected = بر پایهٔ منحنی
tenure-title = ارزش بر پایهٔ سابقه
tenure-lead = قراردادهای فعال بر پایهٔ دوره‌های گذرانده. هر که دیرزمانی مانده، به احتمال زیاد می‌ماند.
tenure-renew = تمدید بعدی
tenure-remaining = دوره‌های پیش رو
tenure-residual = ارزش باقی‌مانده
tenure-share = سهم از ارزش
risk-title = در خطر، و شایستهٔ تماس
risk-lead = قراردادهای فعالی که بیش‌ترین زیان مورد انتظار را در تمدید بعدی دارند: احتمال رفتن ضرب در آنچه تمدید می‌آورد.
risk-lead-no_values = قراردادهای فعالی که کم‌ترین احتمال تمدید را دارند.
risk-none = هیچ قراردادی فعال نیست.
risk-value = ارزش هر دوره
risk-stake = زیان مورد انتظار
curves-title = کدام منحنی پیش‌بینی می‌کند
curves-lead = هر منحنی بدون درازترین سابقه‌ها (کنارگذاشته: { $periods }) برازش شد و باید آن‌ها را پیش‌بینی می‌کرد. آن که روی هم سابقه‌های کوتاه را بهتر توضیح می‌دهد و بلندها را بهتر پیش‌بینی می‌کند به کار می‌رود؛ در حالت برابر، معیار آکائیکه تصمیم می‌گیرد.
curves-lead-none = دوره‌های دیده‌شده کم‌تر از آن‌اند که بخشی کنار گذاشته شود؛ منحنی بر پایهٔ معیار آکائیکه برگزیده شد.
curves-holdout = لگاریتم درست‌نمایی بر کنارگذاشته‌ها
curves-error = میانگین خطای ماندگاری
curve-constant = همه با یک نرخ می‌روند
curve-sbg = مشتریان متفاوت‌اند، هر یک با نرخ خود
curve-bdw = مشتریان متفاوت‌اند و با سابقه تغییر می‌کنند
setting-period = دورهٔ قرارداد
setting-shape = قراردادها بر پایهٔ
shape-dates = تاریخ آغاز و پایان
shape-tenure = سابقه و وضعیت
shape-survival = دوره‌های گذرانده از دوره‌های مشاهده
glossary-contract_columns = ستون‌های جدول قراردادها
term-survival = بقا
term-survival-meaning = سهم قراردادهایی که پس از این شمار تمدید هنوز فعال‌اند. قراردادهای ادامه‌دار به اندازهٔ زمانی که دیده شده‌اند به شمار می‌آیند (کاپلان-مایر).
term-retention = ماندگاری
term-retention-meaning = سهم قراردادهای تمدیدشده از میان آن‌هایی که به پایان دوره رسیده‌اند. ریزش باقی آن است.
term-residual = ارزش باقی‌مانده
term-residual-meaning = حاشیهٔ سودی که انتظار می‌رود قرارداد فعال از تمدید بعدی به بعد در افق بیاورد؛ هر مبلغ بعدی به ارزش آن در زمان همان تمدید تنزیل می‌شود.
table-share-contracts = سهم قراردادها
