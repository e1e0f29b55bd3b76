# Цели и оповещения.

page-alerts = Цели и оповещения
alerts-lead = Следите за любым показателем обзора. Каждый проверяется по утрам и после каждого расчёта ценности.
alerts-new = Новая цель или оповещение
alerts-none = Пока ни за чем не следим
alerts-none-lead = Поставьте цель по выручке или получайте сообщение, когда клиенты возвращаются реже обычного.
alerts-what = За чем следим
alerts-now = Сейчас
alerts-value = Значение
alerts-state = Состояние
alerts-day = По
alerts-tells = Сообщает
alerts-check-now = Проверить сейчас
alerts-checking = Показатели проверяются; обновите страницу через минуту.
alerts-happened = Что произошло
alerts-happened-none = Пока ничего.
alerts-figure = Показатель
alerts-kind = Что отслеживать
alerts-kind-target = достижение цели
alerts-kind-above = больше значения
alerts-kind-below = меньше значения
alerts-kind-unusual = необычное изменение
alerts-threshold = Цель или граница
alerts-threshold-hint = Суммы в { $currency }, доли в процентах. Для необычного изменения оставьте пустым.
alerts-days = Считать за
alerts-days-choice = { $days ->
    [1] один день
   *[other] { $days } дней
}
alerts-emails = Электронная почта
alerts-emails-hint = Адреса через запятую; пусто: никому.
alerts-no-mail = Письма пока не отправляются: в настройках не указан сервер.
alerts-webhook = Вебхук
alerts-webhook-none = нет
alerts-edit = Изменить
alerts-remove = Удалить
alerts-remove-sure = Удалить вместе с историей?
alerts-fault-emails = Введите не больше десяти адресов электронной почты через запятую.
alerts-fault-days = Необычное изменение видно не более чем за 90 дней.
alerts-state-new = ещё не проверено
alerts-state-unknown = мало данных
alerts-state-quiet = без оповещения
alerts-state-raised = оповещение
alerts-state-met = достигнута
alerts-state-missed = не достигнута
alerts-period = { $days ->
    [1] последний день
   *[other] последние { $days } дней
}
alerts-says-at_least = { $figure }, { $period }: не меньше { $value }
alerts-says-at_most = { $figure }, { $period }: не больше { $value }
alerts-says-above = { $figure }, { $period }: больше { $value }
alerts-says-below = { $figure }, { $period }: меньше { $value }
alerts-says-unusual = { $figure }, { $period }: необычное изменение
alerts-usual = обычно от { $low } до { $high }
alerts-usual-bounds = Обычный диапазон
alerts-usual-how = Обычным считается то, что близко к медиане восьми прежних периодов той же длины; один день сравнивается с тем же днём недели.
alerts-history = По дням
alerts-history-none = Первая проверка будет через минуту.
alerts-set = Цель или оповещение: { $figure }
alerts-target = Цель
alerts-tile-met = Цель { $value } достигнута
alerts-tile-missed = Цель { $value } не достигнута
alerts-tile-raised = Оповещение: { $what }
alerts-mail-raised = Оповещение: { $what }
alerts-mail-met = Цель достигнута: { $what }
alerts-mail-missed = Цель больше не достигнута: { $what }
alerts-mail-now = Сейчас { $value }, по { $day }.
alerts-mail-open = Подробнее
