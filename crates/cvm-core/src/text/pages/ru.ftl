# Страницы. Коротко: их читают каждый день.

## Рамка
page-overview = Обзор
page-value = Ценность
page-profit = Прибыль
page-account = Ваш профиль
page-search = Поиск клиентов: имя, почта, телефон, идентификатор
page-language = Язык
page-theme = Светлая или тёмная тема
page-help = Справка по клавишам
page-keys = Клавиши
page-menu = Главное меню
page-close = Закрыть
page-sign_out = Выйти
page-save = Сохранить
page-number_wanted = Введите число без разделителей тысяч, например 1234,5.
page-saved = Сохранено.
page-copied = Скопировано
page-failed = Не получилось. Попробуйте ещё раз или обновите страницу.
page-as_of = По состоянию на { $date }
page-error-bad = Так не получится
page-error-forbidden = Нет доступа
page-error-missing = Здесь ничего нет
page-error-conflict = Сейчас это невозможно
page-error-later = Не сейчас
page-error-ours = Что-то пошло не так у нас
page-error-home = К обзору

## Вход
login-title = Войти
login-email = Почта
login-password = Пароль
login-wrong = Почта или пароль неверны.
login-too_often = Слишком много попыток. Подождите несколько минут и попробуйте снова.
login-elsewhere = Войти с учётной записью компании

## Пользователи
role-admin = Администратор
role-analyst = Аналитик
role-marketer = Маркетолог
role-service_agent = Оператор
role-viewer = Наблюдатель
account-name = Имя
account-sessions = Где вы вошли
account-sessions-lead = Смените пароль, если видите незнакомый браузер.
account-since = С
account-seen = Последнее использование
account-browser = Браузер
account-here = этот браузер

## База
insights-nothing = Ценностей пока нет
insights-nothing-lead = Они появятся после первого расчёта: пришлите заказы через SDK или загрузите файл, затем рассчитайте ценности.
insights-span = с { $from } по { $to }
insights-days = { $days ->
    [one] { $days } день
    [few] { $days } дня
   *[other] { $days } дней
}
insights-from = С
insights-to = По
insights-compare = Сравнить
insights-compare-before = с днями прямо перед этим
insights-compare-year = с теми же днями годом раньше
insights-compare-other = с выбранными днями
insights-compare-none = ни с чем
insights-other_from = Сравнить с
insights-other_to = Сравнить по
insights-show = Показать
insights-compared = Для сравнения
insights-period = За период
insights-to_come = Что впереди
insights-trend = Выручка за период
insights-day = День
insights-week = Неделя с
insights-before = раньше: { $value }
insights-new = новое
insights-points = { $points } п. п.
insights-more = на { $change } больше
insights-less = на { $change } меньше
insights-as_before = без изменений
insights-revenue = Выручка
insights-revenue-meaning = Сколько заплатили клиенты, без возвратов
insights-orders = Заказы
insights-orders-meaning = Заказы за период
insights-buyers = Покупатели
insights-buyers-meaning = Клиенты, которые сделали заказ
insights-new_buyers = Новые покупатели
insights-new_buyers-meaning = Их самый первый заказ
insights-order_value = Средний чек
insights-order_value-meaning = Выручка на заказ
insights-frequency = Частота покупок
insights-frequency-meaning = Заказов на покупателя
insights-repeat = Повторные покупки
insights-repeat-meaning = Покупатели, которые заказывали раньше или ещё раз
insights-retention = Удержание
insights-retention-meaning = Сколько покупателей из стольких же дней раньше вернулось
insights-churn = Не вернулись
insights-churn-meaning = Сколько покупателей из стольких же дней раньше не вернулось
insights-conversion = От визита к покупке
insights-conversion-meaning = Сколько посетителей сделали заказ
insights-cart = От корзины к покупке
insights-cart-meaning = Сколько из положивших товар в корзину сделали заказ
insights-engaged = Активные люди
insights-engaged-meaning = Кто заходил, заказывал, открывал или кликал

## Воронки
page-funnels = Воронки
funnels-page = Просмотр страницы
funnels-screen = Просмотр экрана
funnels-lead = Сколько из начавших доходит до каждого следующего шага, считая от их первого раза на первом.
funnels-picture = Люди по шагам
funnels-step = Шаг
funnels-step-none = дальше шагов нет
funnels-people = Люди
funnels-of_first = От первого шага
funnels-of_before = От предыдущего шага
funnels-took = Время от предыдущего (медиана)
funnels-source = Источник
funnels-within = Дней от первого шага до последнего
funnels-by = Различать
funnels-channel = Канал
funnels-not_said = не указано
funnels-segment = Сегмент
funnels-against = Сравнить с
funnels-everybody = все
funnels-members = Участники сегмента взяты на сейчас ({ $time }) за весь период: кто с тех пор вышел, не считается, кто вошёл, считается со всем, что делал.
funnels-picture-shares = Доля начавших по шагам
funnels-empty-segment = За этот период об участниках сегмента ничего не слышно.
funnels-empty-segment-lead = Выберите другие дни или другой сегмент.
funnels-engagement = Что делали люди
funnels-what = Событие
funnels-times = Раз
funnels-each = Раз на человека
funnels-empty = За этот период ни о ком ничего не слышно.
funnels-empty-lead = Выберите другие дни или направьте сюда SDK вашего магазина или приложения: визиты, корзины и заказы появятся за секунды.
duration = { $unit ->
    [second] { $count ->
        [one] { $count } секунда
        [few] { $count } секунды
       *[other] { $count } секунд
    }
    [minute] { $count ->
        [one] { $count } минута
        [few] { $count } минуты
       *[other] { $count } минут
    }
    [hour] { $count ->
        [one] { $count } час
        [few] { $count } часа
       *[other] { $count } часов
    }
   *[day] { $count ->
        [one] { $count } день
        [few] { $count } дня
       *[other] { $count } дней
    }
}

## Сегменты
page-segments = Сегменты
page-next = Дальше
segments-page_lead = Правила, которые говорят, кто относится друг к другу; обновляются сами.
segments-new = Новый сегмент
segments-name = Название
segments-description = Для чего он
segments-rule = Кто в него входит
segments-size = Размер
segments-customers = клиенты
segments-share = Доля
segments-value = будущая ценность
segments-each = Ценность клиента
segments-compare = Сравнение сегментов
segments-compare_with = Сравнить с
segments-first = Первый сегмент
segments-second = Второй сегмент
segments-found = Группы, найденные в данных
segments-found-lead = Найдены по поведению, без каких-либо правил. Сохраните группу как сегмент, чтобы с ней работать.
segments-make = Сохранить как сегмент
segments-edit = Изменить
segments-delete = Удалить
segments-delete-question = Удалить этот сегмент? Его история тоже исчезнет; клиенты останутся.
segments-computed = Рассчитано
segments-waiting = Состав по этому правилу сейчас рассчитывается.
segments-sizes = Размер во времени
segments-members = Участники
segments-nobody = Сейчас этому правилу никто не соответствует.
segments-who = Клиент
segments-clv = CLV
segments-p_alive = P(активен)
segments-tier = Уровень ценности
segments-revenue = Выручка до сих пор
segments-last = Последняя покупка
segments-since = В сегменте с
segments-moves = Кто пришёл и кто ушёл
segments-when = Когда
segments-what = Что
segments-entered = вошёл
segments-left = вышел
segments-overlap = Общее с другими сегментами
segments-other = Сегмент
segments-in_both = В обоих
segments-of_this = От этого
segments-of_other = От другого
segments-versions = Прежние правила
segments-version = Версия
segments-tiers = По уровню ценности
segments-rfm = По сегменту RFM
segments-alive = Вероятно, ещё клиенты
segments-once = Покупали только в один день
builder-group = Группа
builder-which = Из этих условий
builder-all = выполнены все
builder-any = выполнено любое
builder-not = не выполнено
builder-field = Что о них известно
builder-did = Что они делали
builder-sequence = Одно за другим
builder-not_followed = Одно, а потом не другое
builder-consent = Согласие
builder-segment = В сегменте
builder-sql = Условие SQL
builder-json = Правило в виде JSON
builder-take = Взять это правило
builder-is = сравнение
builder-value = Значение
builder-value2 = и
builder-event = Событие
builder-times = Сколько раз
builder-days = За последние дни
builder-property = Из них
builder-spending = Потратили всего
builder-purchase = покупка
builder-visit = визит
builder-first = Сначала
builder-then = Потом
builder-then_not = Потом не было
builder-within = В течение дней
builder-for_days = На протяжении дней
builder-purpose = Цель
builder-channel = Канал
builder-granted = дано
builder-denied = отказ
builder-unknown = не спрашивали
builder-remove = Убрать
builder-values = Ценность и поведение
builder-attributes = Признаки
builder-profile = Профиль
builder-nothing = Заполните условие, чтобы увидеть, кому оно подходит.
builder-count = Посчитать
builder-counting = Подсчёт …
builder-unfinished = Не закончено: пока не учитывается.
builder-no_day = Нужен день, например 2026-01-31.
builder-no_json = Это не условие.
builder-not_saved = Не сохранено: закончите или уберите отмеченные ниже условия.
op-equals = равно
op-one_of = одно из (через запятую)
op-contains = содержит
op-starts_with = начинается с
op-above = больше
op-at_least = не меньше
op-below = меньше
op-at_most = не больше
op-exactly = ровно
op-between = между
op-on = в день
op-before = раньше
op-after = позже
op-in_last_days = за последние дни
op-more_than_days_ago = раньше чем дней назад
op-in_next_days = в ближайшие дни
op-birthday_in_days = годовщина в ближайшие дни
op-is_set = известно
op-is_not_set = неизвестно
customer-no_segments = Сейчас ни в одном сегменте.

## From tier to tier
tiers-flow = С уровня на уровень
tiers-said = Выше: { $up }, ниже: { $down }, новых: { $new }.
tiers-since = С дня
tiers-before = Уровень раньше
tiers-now = Уровень теперь
tiers-clv-before = CLV раньше
tiers-clv-now = CLV теперь
tiers-not_yet = ещё не клиент
tiers-gone = уже не клиент
tiers-up = выше
tiers-down = ниже
tiers-same = без перемен, новые и ушедшие

## Profit
profit-sums = Из чего складывается прибыль
profit-sums-how = Обслуживание берётся из событий о затратах, привлечение из свойства клиента; чего не присылают, считается нулём.
profit-margin = Маржа
profit-served = Затраты на обслуживание
profit-won = Затраты на привлечение
profit-net = Прибыль
profit-discounts = Скидки
profit-returns = Возвраты
profit-unknown-title = Затраты неизвестны
profit-whale = Кривая кита
profit-whale-lead = Лучшие { $share } клиентов приносят { $peak }; остальные отнимают от этого { $loss }.
profit-whale-none = Никто не отнимает того, что приносят лучшие.
profit-share-of-customers = Доля клиентов, начиная с самых прибыльных
profit-cumulative = Прибыль нарастающим итогом
profit-share-of-all = От всей прибыли
profit-worklist = Убыточные клиенты и что с ними делать
profit-worklist-lead = { $customers ->
    [one] { $customers } клиент приносит убыток: { $loss }.
    [few] { $customers } клиента приносят убыток: всего { $loss }.
   *[many] { $customers } клиентов приносят убыток: всего { $loss }.
}
profit-all = Все
profit-nobody = В этом списке никого нет.
profit-shown = Показано { $shown } из { $all }, начиная с самых больших убытков; в файле все.
profit-cause-goods = продано ниже себестоимости
profit-cause-discounts = маржу съедают скидки
profit-cause-returns = много возвратов
profit-cause-service = обслуживание дороже маржи
profit-cause-acquisition = затраты на привлечение ещё не окупились
profit-do-reprice = Изменить цену
profit-do-reprice-how = Товар продаётся ниже себестоимости: поднимите цену или предлагайте другой.
profit-do-incentives = Меньше поощрений
profit-do-incentives-how = Без скидок была бы маржа: предлагайте меньше или то, что стоит дешевле.
profit-do-returns = Меньше возвратов
profit-do-returns-how = Много возвращают: помогите выбрать, берите плату за возврат или разберитесь, что возвращают.
profit-do-channel = Канал дешевле
profit-do-channel-how = Покупают, но обслуживать дорого: приведите их в приложение, интернет-магазин или к самовывозу.
profit-do-contacts = Меньше контактов
profit-do-contacts-how = Ждать многого не стоит: не тратьте больше на звонки, рассылки и купоны.
profit-do-time = Дать время
profit-do-time-how = Затраты на привлечение должны окупиться.
profit-do-let_go = Отпустить по-доброму
profit-do-let_go-how = Они почти ушли: перестаньте тратить, оставайтесь вежливы и оставьте дверь открытой.
profit-segment-name = Название сегмента
profit-segment-save = Сохранить как сегмент
profit-segment-about = Из списка убыточных клиентов по состоянию на { $day }.
profit-segment-fault = Выберите название от 1 до 100 знаков, которого нет у другого сегмента.

## Acquisition
acquisition-title = Привлечение клиентов
acquisition-lead = Сколько стоит клиент по сравнению с затратами на его привлечение. От трёх затрат хорошо; ниже одной каждый обходится дороже, чем приносит.
acquisition-no_channels = Ни у одного клиента нет свойства «канал привлечения», поэтому все относятся к одному неизвестному каналу.
acquisition-no_spend = Пока никто не указал, сколько потрачено.
acquisition-nobody = В эти месяцы никого не привлекли.
acquisition-by_channel = По каналам
acquisition-by_month = По месяцам и каналам
acquisition-all_months = Все месяцы
acquisition-last_year = Последние 12 месяцев
acquisition-how = Ценность — это маржа до сих пор и ожидаемая с этого дня пожизненная ценность. Окупаемость следует покупкам всех клиентов того же первого месяца, а дальше прогнозу.
acquisition-picture = Ценность клиента и затраты на привлечение по каналам
acquisition-unknown = неизвестно
acquisition-channel = Канал
acquisition-month = Месяц
acquisition-won = Привлечено клиентов
acquisition-spend = Потрачено
acquisition-cac = Затраты на одного
acquisition-value = Ценность одного
acquisition-so_far = Маржа до сих пор
acquisition-to_come = Ещё ожидается
acquisition-ratio = Ценность к затратам
acquisition-payback = Окупаемость
acquisition-highest = Наибольшие окупаемые затраты
acquisition-profit = Ценность минус затраты
acquisition-loss = убыток
acquisition-at_once = сразу
acquisition-in = месяц { $month }
acquisition-expected = ожидается в месяце { $month }
acquisition-not = не в пределах прогноза
acquisition-enter = Сколько потрачено
acquisition-enter-lead = Канал так, как его называет свойство клиентов. Прежняя запись того же месяца и канала заменяется; 0 её убирает.
acquisition-many = Ввести сразу много
acquisition-table = Месяц, канал и сумма, по строке, как их копирует таблица
acquisition-fault-row = Укажите месяц как 2026-01, канал и сумму не меньше 0.
acquisition-fault-line = Строку { $line } не удалось прочесть: ожидались месяц как 2026-01, канал и сумма.
