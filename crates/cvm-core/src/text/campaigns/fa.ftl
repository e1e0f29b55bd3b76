campaigns-unsubscribe = لغو اشتراک
campaigns-unsubscribe-text = دیگر از این راه چنین پیام‌هایی دریافت نخواهید کرد.
campaigns-unsubscribed = اشتراک لغو شد
campaigns-unsubscribed-text = دیگر چنین پیام‌هایی نمی‌فرستیم. ممکن است آنچه در راه است هنوز برسد.
