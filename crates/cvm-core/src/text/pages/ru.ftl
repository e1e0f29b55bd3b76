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
funnels-by_source = Различать источники
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
