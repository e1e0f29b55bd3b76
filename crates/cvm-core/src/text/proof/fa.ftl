# نتایج کارزارها و برنامه‌ها.

## Results
page-results = نتایج
proof-lead = کارزارها بیش از آنچه خودبه‌خود می‌آمد چه درآورده‌اند: هر کدام در برابر مشتریانی که به قرعه چیزی دریافت نکردند.
proof-empty = هنوز هیچ کارزاری آغاز نشده است
proof-empty-lead = کارزاری با گروه شاهد آغاز کنید. نتیجه پس از محاسبهٔ بعدی ارزش در اینجا خواهد بود.
proof-all = همهٔ کارزارها با هم
proof-all-lead = همه در برابر کسانی که هرگز پیامی نمی‌گیرند: گروه شاهد سراسری.
proof-campaign = کارزار
proof-verdict = نتیجه
proof-worked = مؤثر بود
proof-harmed = زیان رساند
proof-open = روشن نیست
proof-void = نخوانید
proof-nothing = هنوز نتیجه‌ای نیست
proof-waiting = هنوز نتیجه‌ای نیست. نتیجه پس از هر محاسبهٔ ارزش و هر گاه بخواهید محاسبه می‌شود.
proof-compute = محاسبهٔ دوباره
proof-stamp = سفارش‌ها تا { $date }؛ { $days ->
        [one] { $days } روز
       *[other] { $days } روز
    } پس از گروه‌بندی به شمار می‌آید که { $share } آن گذشته است
proof-stamp-all = سفارش‌های { $days ->
        [one] { $days } روز
       *[other] { $days } روز
    } گذشته تا { $date }
proof-from-to = { $low } تا { $high }
proof-below = کمتر از { $share }
proof-any = هر مقداری ممکن است
proof-said-none = هنوز چیزی برای سنجیدن نیست: یکی از گروه‌ها نیست یا بسیار کوچک است.
proof-said-void = این نتیجه را نخوانید. اندازهٔ گروه‌ها با قرعه نمی‌خواند، پس چیزی مشتریانی را از یکی از آن‌ها برداشته است؛ نخست آن را بیابید.
proof-said-up = مؤثر بود. هر مشتری کارزار { $each } حاشیهٔ سود بیشتر از بی‌کارزار آورد (میان { $low } و { $high }).
proof-said-down = زیان رساند. هر مشتری کارزار { $each } حاشیهٔ سود کمتر از بی‌کارزار آورد (میان { $low } و { $high }). آن را بایستانید یا عوض کنید.
proof-said-open = نمی‌توان گفت که این کار چیزی درآورده است یا نه: اثر آن بر حاشیهٔ سود یک مشتری میان { $low } و { $high } است.
proof-said-pays = هزینهٔ خود را درآورد: پس از هزینه { $profit } می‌ماند.
proof-said-costs = بیش از آنچه می‌آورد هزینه دارد: پس از هزینه { $profit }.
proof-said-may_pay = روشن نیست که هزینهٔ خود را درآورده است یا نه: پس از هزینه نزدیک به { $profit } می‌ماند و شاید بیشتر یا کمتر از هیچ باشد.
proof-warning-no_control = گروه شاهدی نیست. می‌بینید که این مشتریان چه آورده‌اند؛ اینکه چه خودبه‌خود می‌آمد را کسی نمی‌داند.
proof-warning-least = گروه کوچک‌تر کمتر از { $least } مشتری دارد که برای سنجیدن بسیار کم است.
proof-warning-ratio = اندازهٔ گروه‌ها با قرعه نمی‌خواند. پیش از خواندن نتیجه بیابید چه چیزی مشتریانی را از یکی از آن‌ها برداشته است.
proof-warning-running = همهٔ روزهای مشاهده نگذشته‌اند. تا آن هنگام بازه‌ها چنان پهن‌اند که می‌توانید هر اندازه بخواهید نگاه کنید.
proof-warning-few = مشتری هنوز کم است: برای دیدن اثری که بیرزد { $more ->
        [one] { $more } مشتری
       *[other] { $more } مشتری
    } دیگر لازم است.
proof-warning-large = چند سفارش بزرگ نتیجه را رقم می‌زنند. بازه را تقریبی بدانید.
proof-warning-costs = هزینهٔ تماس شناخته نیست، پس تماس‌ها رایگان به شمار می‌آیند.
proof-warning-margins = بهای تمام‌شدهٔ بیشتر کالاها شناخته نیست و حاشیهٔ سودی تعیین نشده است، پس درآمد به جای حاشیهٔ سود می‌نشیند.
proof-total = حاشیهٔ سود به‌دست‌آمده
proof-each = حاشیهٔ سود هر مشتری
proof-profit = سود پس از هزینه
proof-return = بازده هزینه
proof-treated = در کارزار
proof-control = گروه شاهد
proof-against = در برابر { $customers ->
        [one] { $customers } مشتری گروه شاهد
       *[other] { $customers } مشتری گروه شاهد
    }
proof-customers = مشتریان
proof-elapsed = روزهای گذشته
proof-interval = بازهٔ ۹۵٪
proof-look = سفارش‌ها تا
proof-looks = اثر در هر نگاه
proof-looks-lead = حاشیهٔ سود هر مشتری بیش از گروه شاهد، با بازه‌ای که برای همهٔ نگاه‌ها با هم درست است. هر جا صفر را در بر نگیرد، تفاوت کار کارزار است.
proof-outcomes = چه چیزی عوض شد
proof-outcome = برای هر مشتری
proof-margin = حاشیهٔ سود
proof-revenue = درآمد
proof-orders = سفارش‌ها
proof-conversion = سهم سفارش‌دهندگان
proof-conversion-event = سهم کسانی که کار موردنظر را کردند
proof-difference = تفاوت
proof-relative = به درصد
proof-chance = احتمال بی‌اثر بودن
proof-arms = گروه‌ها
proof-group = گروه
proof-expected = به قرعه
proof-converted = تبدیل
proof-cost = هزینهٔ تماس
proof-more = بیش از گروه شاهد
proof-tiers = به سطح ارزش
proof-segments = به بخش
proof-parts-lead = حاشیهٔ سود هر مشتری بیش از گروه شاهد، به آنچه مشتریان هنگام گروه‌بندی بودند. خط‌ها برای همهٔ بخش‌ها با هم درست‌اند.
proof-differ = اثر در همهٔ آن‌ها یکسان نیست.
proof-alike = چیزی نشان نمی‌دهد که اثر در آن‌ها متفاوت باشد: اثر بر همه را ملاک بگیرید.
proof-together = بازه برای همهٔ بخش‌ها
proof-money = چه هزینه داشت و چه می‌ماند
proof-money-lead = تخفیف در اینجا هزینه نیست: حاشیهٔ سود آن است که از پرداخت مشتریان می‌ماند.
proof-what = قلم
proof-amount = مبلغ
proof-rewards = پاداش‌ها و هدیه‌ها
proof-unknown = ناشناخته
proof-discount = تخفیف بیشتر، که کم شده است
proof-lot-kept = اندازهٔ گروه‌ها با قرعه می‌خواند (احتمال انحراف بیشتر: { $chance }).
proof-power = با این شمار مشتری اثری برابر { $detectable } برای هر مشتری در چهار بار از پنج بار دیده می‌شود. برای دیدن { $wanted } در هر دو گروه با هم { $customers ->
        [one] { $customers } مشتری
       *[other] { $customers } مشتری
    } لازم است.
proof-past = خریدهای پیشین بخشی از تفاوت مشتریان را توضیح می‌دهد؛ کنار گذاشتن آن { $share } از نوفه را برداشت.
proof-kept_out = { $customers ->
        [one] { $customers } مشتری
       *[other] { $customers } مشتری
    } در گروه شاهد سراسری‌اند و در اینجا در هیچ سویی نیستند.
proof-left_out = { $customers ->
        [one] { $customers } مشتری کنار گذاشته شد
       *[other] { $customers } مشتری کنار گذاشته شدند
    }: پاک شده‌اند یا همان کسی‌اند که مشتری دیگری است.
proof-settings = چه چیزی به شمار می‌آید
proof-settings-lead = هدفی که جابه‌جا شود از نو آغاز می‌کند: با تغییر آن نگاه‌های پیشین کنار می‌روند.
proof-settings-fault = روزها عددهای درست از ۱ تا ۷۳۰ هستند؛ شمار برنامه‌ریزی‌شدهٔ مشتریان دست‌کم ۲ است.
proof-window = روزهای پس از گروه‌بندی
proof-before = روزهای پیش از آن، برای کنار گذاشتن تفاوت همیشگی مشتریان
proof-planned = شمار برنامه‌ریزی‌شدهٔ مشتریان در همهٔ گروه‌ها
proof-event = رویدادی که تبدیل به شمار می‌آید (خالی: سفارش)

## Plans
page-plans = برنامه‌های بودجه
plan-lead = چه کسی با این بودجه چه بگیرد تا سود مورد انتظار بیشترین باشد.
plan-new = برنامهٔ تازه
plan-new-lead = بگویید برای مشتریان چه می‌توان کرد و چه هزینه‌ای دارد. هر مشتری آن یک کاری را می‌گیرد که بیش از همه در می‌آورد، یا هیچ.
plan-empty = هنوز برنامه‌ای نیست
plan-empty-lead = برنامه می‌گوید چه کسی در چارچوب بودجه چه می‌گیرد، بودجهٔ دیگر چه می‌آورد و از کجا خرج بیشتر دیگر نمی‌صرفد.
plan-plan = برنامه
plan-made = تاریخ
plan-whole = همهٔ برنامه
plan-name = نام
plan-among = انتخاب از میان
plan-everybody = همهٔ کسانی که ارزشی دارند
plan-budget = بودجه
plan-budget-hint = خالی: تا جایی که می‌صرفد.
plan-attribute = ویژگی‌ای که می‌گوید مشتری چگونه به دست آمده است
plan-attribute-hint = آنگاه برنامه می‌گوید برای یک مشتری تازه از هر راه چه می‌توان پرداخت. خالی: نمی‌گوید.
plan-actions = چه می‌توان کرد
plan-actions-lead = هر چند تا که دارید پر کنید. هر کار همان را می‌آورد که کارزاری نشان داده است، و تا کارزاری نیست آنچه شما فرض می‌کنید.
plan-action = کار
plan-action-name = چیست
plan-channel = کانال
plan-cost = هزینهٔ هر مشتری
plan-worth = چه می‌آورد
plan-assumed = فرض من، به درصد
plan-percent = درصد حاشیهٔ سود مورد انتظار
plan-proven-by = چنان که { $campaign } نشان داد: { $each } برای هر مشتری
plan-only = تنها برای
plan-all = همهٔ آن‌ها
plan-limits = کانال‌ها چه می‌کشند
plan-limits-lead = بیشترین شمار مشتری. خالی: تا جایی که می‌صرفد.
plan-make = ساختن برنامه
plan-fault-name = نامی تا ۱۰۰ حرف بدهید که برنامهٔ دیگری نداشته باشد.
plan-fault-action = به هر کار نامی از آن خودش بدهید.
plan-fault-actions = دست‌کم یک کار را نام ببرید.
plan-fault-amount = مبلغ‌ها عددهایی از ۰ به بالا هستند.
plan-fault-worth = از ۰ تا ۱۰۰۰ درصد فرض کنید یا کارزاری را برگزینید که نتیجه دارد.
plan-fault-segment = این بخش دیگر نیست یا هنوز محاسبه نشده است.
plan-fault-won_by = این نمی‌تواند نام یک ویژگی باشد.
plan-fault-limit = سقف‌ها عددهای درست از ۰ به بالا هستند.
plan-stamp = برنامه‌ریزی در { $day }، بی بودجه
plan-stamp-budget = برنامه‌ریزی در { $day } برای بودجهٔ { $budget }
plan-going = برنامه در حال ساخته شدن است…
plan-failed = برنامه ساخته نشد.
plan-profit = سود مورد انتظار
plan-gap = حداکثر { $gap } تا بهترین حالت ممکن
plan-value = حاشیهٔ سود افزودهٔ مورد انتظار
plan-value-note = بیش از آنچه خودبه‌خود می‌آید
plan-spent = هزینه
plan-margin = یک واحد بیشتر { $margin } می‌آورد
plan-enough = بیش از این نمی‌صرفد
plan-chosen = مشتریانی که چیزی می‌گیرند
plan-of = از { $customers }
plan-who = چه کسی چه می‌گیرد
plan-who-lead = رضایت، سقف‌ها و ساعت‌های سکوت هنگام فرستادن بررسی می‌شوند، پس به همه نمی‌رسد. کسی از گروه شاهد سراسری در برنامه نیست.
plan-each = برای هر مشتری
plan-ground = بر پایهٔ
plan-ground-assumed = فرض: { $share } حاشیهٔ سود مورد انتظار
plan-ground-proven = اثر نشان‌داده‌شدهٔ یک کارزار
plan-ground-tier = اثر نشان‌داده‌شدهٔ یک کارزار به سطح ارزش
plan-ground-scored = مدلی از اثر یک کارزار بر هر مشتری
plan-channels = کانال‌های دارای سقف
plan-limit = می‌کشد
plan-used = می‌برد
plan-one_more = جا برای یک نفر دیگر می‌آورد
plan-curve = بودجهٔ دیگر چه می‌آورد
plan-curve-lead = هر مبلغ بعدی کمتر از پیشین می‌آورد. آنجا که شیب منحنی به شیب خط‌چین می‌رسد، خرج بیشتر دیگر نمی‌صرفد.
plan-stops = دیگر نمی‌صرفد
plan-even = به اندازهٔ هزینه می‌آورد
plan-next = یک واحد بیشتر می‌آورد
plan-acquisition = مشتری تازه چه هزینه‌ای می‌تواند داشته باشد
plan-acquisition-lead = از آنچه مشتریان هر راه ماه‌به‌ماه پس از نخستین خرید آورده‌اند، با تنزیل.
plan-won_by = راه جذب
plan-first_year = سال نخست
plan-seen = تا جایی که دیده شده
plan-months = { $months ->
        [one] { $months } ماه
       *[other] { $months } ماه
    }
plan-pays_back = بیشترین هزینه که در یک سال برمی‌گردد
plan-three = بیشترین هزینه با نسبت سه به یک
plan-save = ساختن بخش از آن
plan-saved = بخش‌های مشتریان آن برای کارزارها آماده‌اند؛ در چند دقیقه پر می‌شوند.
plan-delete = حذف
plan-delete-question = این برنامه حذف شود؟ بخش‌های ساخته‌شده از آن می‌مانند.

## On whom it works
uplift-title = بر چه کسانی اثر دارد
uplift-lead = کارزار برخی را برمی‌انگیزد، برخی را همان‌گونه می‌گذارد و برخی را می‌راند. این از مشتریان خود کارزار و گروه شاهدش آموخته و سپس دربارهٔ همه پرسیده می‌شود.
uplift-learn = آموختن آن
uplift-said = برگزیدن می‌ارزد: { $share } که مدل برمی‌گزید هر کدام { $chosen } بیشتر آوردند و دیگران { $others }. هر دو بر مشتریانی سنجیده شده است که مدل ندیده بود.
uplift-said-nothing = نمی‌توان گفت چه کسی را برمی‌انگیزد: گزینش با این مدل به‌یقین بهتر از قرعه نیست. با همهٔ مشتریان یکسان رفتار کنید.
uplift-kinds = گونه‌های مشتریان
uplift-kind = گونه
uplift-what = چه باید کرد
uplift-persuadable = قانع‌شدنی
uplift-persuadable-what = تماس به‌یقین می‌ارزد: به آن‌ها بگویید.
uplift-sure = بی‌نیاز از تماس
uplift-sure-what = در هر حال می‌خرند: تماس را نگه دارید.
uplift-lost = از دست رفته
uplift-lost-what = چیزی آن‌ها را برنمی‌انگیزد: تماس را نگه دارید.
uplift-disturb = مزاحم نشوید
uplift-disturb-what = تماس به‌یقین زیان می‌رساند: آن‌ها را به حال خود بگذارید.
uplift-models = چه اندازه خوب دانسته است
uplift-model = مدل
uplift-best = بهترین
uplift-two_models = دو مدل
uplift-x_learner = دو مدل که از هم می‌آموزند
uplift-forest = جنگل
uplift-chosen = اثر بر برگزیدگان
uplift-others = اثر بر دیگران
uplift-gain = برتری بر قرعه
uplift-qini = ضریب کینی
uplift-auuc = سطح زیر منحنی
uplift-save = ساختن بخش از آن
uplift-saved = بخش‌های چهار گونه آماده‌اند؛ در چند دقیقه پر می‌شوند.
