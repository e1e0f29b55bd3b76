# Список клиентов и страница одного клиента.

## Список
page-customers = Клиенты
customers-name = Клиент
customers-tier = Уровень
customers-clv = Пожизненная ценность
customers-alive = Остаётся клиентом
customers-alive_percent = Остаётся клиентом, %
customers-revenue = Выручка
customers-profit = Прибыль
customers-purchases = Покупки
customers-last = Последняя покупка
customers-in_segment = В сегменте
customers-first = Первая покупка
customers-segment = Сегмент RFM
customers-why = Почему
customers-count = { $count ->
    [0] Клиентов нет
    [one] { $count } клиент
    [few] { $count } клиента
   *[other] { $count } клиентов
}
customers-range = { $from }–{ $to } из { $count }
customers-pages = Страницы списка
customers-previous = Назад
customers-next = Дальше
customers-all_found = Показать всех
customers-views = Сохранённые виды
customers-save_view = Сохранить вид
customers-view_name = Название вида
customers-view_shared = Показывать всем
customers-view_for_all = общий
customers-view_remove = Удалить этот вид
customers-filters = Фильтры
customers-from = от
customers-to = до
customers-place = Место
customers-country = Страна
customers-city = Город
customers-attribute = Признак
customers-value = Значение
customers-contact = Связь
customers-consent = Данное согласие
customers-any_consent = Любое согласие
customers-everybody = Все
customers-contactable = Можно связываться
customers-suppressed = Не связываться
customers-apply = Применить
customers-clear = Сбросить фильтры
customers-remove_filter = (убрать этот фильтр)
customers-wrong_day = Введите дату.
customers-wrong_pair = Выберите признак и введите его значение.
customers-visitor = Посетитель, о котором известно только это
customers-nobody = Никто не найден
customers-nobody-lead = Введите меньше букв, попробуйте другое написание или уберите часть фильтров.
customers-nobody-without_names = Ваша роль не видит имён, поэтому искать можно только по полному идентификатору.
customers-none_yet = Клиентов пока нет
customers-none_yet-lead = Загрузите файл с клиентами или заказами либо подключите магазин через SDK. Все, о ком станет известно, сразу появятся здесь.
customers-no_values = Ценности появятся после первого расчёта.
customers-preparing = Список готовится
customers-preparing-lead = После запуска сервера это занимает несколько секунд. Страница откроется сама.
customers-filling = Прежние клиенты ещё добавляются в список. Он растёт, пока вы смотрите.
customers-erased = Данные человека удалены.

## Один клиент
customer-back = К клиенту
customer-since = Известен с
customer-seen = Последний визит
customer-export = Выгрузить всё
customer-print = Печать
customer-glance = Главное
customer-glance-suppressed = Не связываться
customer-glance-trouble = { $count ->
    [0] Проблема сегодня: сначала спросите
    [one] Проблема { $count } день назад: сначала спросите
    [few] Проблема { $count } дня назад: сначала спросите
   *[other] Проблема { $count } дней назад: сначала спросите
}
customer-glance-leaving = Ценный и, вероятно, уходит
customer-glance-valuable = Один из самых ценных
customer-glance-unprofitable = Обошёлся дороже, чем принёс
customer-glance-birthday = Сегодня день рождения
customer-glance-birthday_soon = { $count ->
    [1] День рождения завтра
    [one] День рождения через { $count } день
    [few] День рождения через { $count } дня
   *[other] День рождения через { $count } дней
}
customer-glance-no_orders = Ещё ничего не купил
customer-worth = Чего он стоит
customer-bounds = 90% между { $low } и { $high }
customer-scores = Оценки давности, частоты и суммы, от 1 до 5
customer-next = Следующая покупка по привычке
customer-next-around = около { $date }
customer-next-was = ожидалась { $date }
customer-expected = Ожидаемые покупки
customer-computed = Рассчитано
customer-no_value = Ценности пока нет
customer-no_value-lead = Она рассчитывается при первом расчёте после первой покупки.
customer-show = Показать
customer-orders = Заказы
customer-order = заказ
customer-orders-none = По данным последнего расчёта заказов нет.
customer-orders-as_of = По данным последнего расчёта; новые заказы видны в истории событий.
customer-orders-cut = Их больше; это последние.
customer-top_category = Больше всего тратит на
customer-product = Товар
customer-category = Категория
customer-quantity = Количество
customer-discount = Скидка
customer-amount = Сумма
customer-lake-away = Сейчас это нельзя показать. Попробуйте чуть позже.
customer-history = Ценность во времени
customer-history-none = Сравнивать пока не с чем: каждый расчёт добавляет точку.
customer-history-bounds = границы 90%
customer-history-picture = Пожизненная ценность по расчётам, с границами
customer-day = День
customer-timeline = История событий
customer-events-all = Все
customer-events-orders = Заказы
customer-events-events = События
customer-events-pages = Страницы
customer-events-profile = Профиль
customer-events-none = Ничего такого нет.
customer-events-older = Раньше
customer-event-identify = Профиль изменён
customer-event-page = Просмотр страницы
customer-event-screen = Просмотр экрана
customer-event-group = Вступил в группу
customer-event-alias = Известен под другим идентификатором
customer-event-track = Событие
customer-notes = Заметки
customer-notes-none = Пока ничего не записано.
customer-notes-closed = В заметках могут быть имена, поэтому ваша роль их не видит.
customer-note-new = Новая заметка
customer-note-add = Добавить заметку
customer-note-remove = Удалить эту заметку
customer-note-length = Напишите что-нибудь, не больше { $most } знаков.
customer-consents = Согласия
customer-consents-none = Пока ничего не разрешено и не запрещено.
customer-consent-new = Записать согласие
customer-consent-wrong = Назовите цель, не больше 100 знаков.
customer-purpose = Цель
customer-channel = Канал
customer-channel-any = любой
customer-state = Состояние
customer-told = С
customer-granted = дано
customer-denied = отказ
customer-withdraw = Отозвать
customer-give = Дать
customer-suppress = Не связываться
customer-unsuppress = Снова разрешить связь
customer-reason = Причина
customer-known = Что известно
customer-id = Идентификатор
customer-copy = Скопировать
customer-identifiers = Известен как
customer-id-user_id = Идентификатор пользователя
customer-id-email = Почта
customer-id-phone = Телефон
customer-id-loyalty_card = Карта лояльности
customer-id-anonymous_id = Браузер
customer-id-device = Устройство
customer-id-merge = Объединено вручную
customer-blocked = используется слишком многими, никого не определяет
customer-refused = общий с другим человеком
customer-merges = Объединён с
customer-unmerge = Разделить
customer-unmerge-sure = Разделить их навсегда? Никакое сообщение их больше не объединит.
customer-erase = Удалить данные этого человека
customer-erase-lead = Удаляет всё, что о нём известно: здесь, в озере данных и в восстанавливаемых копиях. Отменить это нельзя.
customer-erase-suppress = Отклонять в будущем всё, что его касается
customer-erase-sure = Я знаю, что отменить это нельзя
customer-erase-unsure = Поставьте отметку для подтверждения.
