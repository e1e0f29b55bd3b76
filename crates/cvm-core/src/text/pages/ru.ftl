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
