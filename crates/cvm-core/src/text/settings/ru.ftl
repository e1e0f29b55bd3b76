# Users, keys, the company, and what those who look after the installation see.

settings-title = Настройки

## Users
settings-users = Пользователи
settings-role = Роль
settings-user-add = Добавить человека
settings-user-add-lead = Пароль будет создан и показан один раз: передайте его и попросите сменить.
settings-user-taken = Этот адрес уже занят.
settings-user-fault = Укажите адрес электронной почты и имя, от 1 до 100 знаков.
settings-last-admin = Не осталось бы ни одного администратора. Сначала назначьте другого.
settings-disable = Отключить
settings-enable = Включить
settings-disabled = вход закрыт
settings-password-reset = Новый пароль
settings-password-sure = Создать новый пароль? Старый перестанет действовать, все сеансы закончатся.
settings-password-made = Пароль
settings-shown-once = Это показывается один раз. Скопируйте сейчас.

## Keys
settings-keys = Ключи API
settings-keys-lead = Программа обращается к API с ключом: Authorization: Bearer KEY.
settings-keys-none = Ключей пока нет.
settings-api-docs = Описание API с пробными запросами
settings-key-add = Создать ключ
settings-key-make = Создать ключ
settings-key-made = Ключ
settings-key-fault = Дайте ключу название, выберите права и срок в будущем.
settings-key-expires = Действует до этого дня (пусто: всегда)
settings-key-revoke = Отозвать
settings-key-sure = Отозвать этот ключ навсегда?
settings-scopes = Может
settings-scope-customers-read = Видеть клиентов и их ценность
settings-scope-personal-read = Видеть имена и адреса
settings-scope-customers-write = Менять клиентов
settings-scope-customers-erase = Удалять людей
settings-scope-import = Загружать данные
settings-scope-query = Спрашивать на SQL
settings-scope-score = Рассчитывать ценность
settings-scope-sources-manage = Управлять источниками
settings-scope-audit-read = Читать журнал
settings-scope-metrics-read = Читать показатели сервера
settings-made-at = Создан
settings-ends = Окончание
settings-ended = недействителен

## Audit
settings-audit = Журнал действий
settings-audit-none = Ничего не найдено.
settings-who = Кто
settings-what = Что
settings-subject = С чем
settings-details = Подробности
settings-since = С
settings-until = По
settings-filter = Отобрать
settings-everybody = Все
settings-everything = Всё
settings-actor-system = сервер
settings-actor-nobody = кто-то без входа

## Jobs
settings-jobs = Задачи
settings-jobs-lead = Работа в фоне: расчёты, синхронизации, удаление, уборка. Неудавшаяся задача повторяется со всё большими паузами.
settings-jobs-none = Подходящих задач нет.
settings-due = Срок
settings-job-ended = Окончено
settings-job-waiting = Ждёт
settings-job-running = Идёт
settings-job-done = Готово
settings-job-failed = Не удалось
settings-job-cancelled = Отменено
settings-job-cancel = Отменить

## The company
settings-company = Компания
settings-company-name = Название
settings-company-name-hint = Показывается вверху каждой страницы.
settings-name-fault = Название — не больше 100 знаков.
settings-accent = Цвет
settings-accent-teal = Бирюзовый
settings-accent-blue = Синий
settings-accent-violet = Фиолетовый
settings-accent-green = Зелёный
settings-accent-rose = Розовый
settings-file = Из файла настроек
settings-file-lead = Их меняет тот, кто ведёт сервер, в файле
settings-setting = Настройка
settings-value = Значение
settings-currency = Валюта
settings-timezone = Часовой пояс
settings-schedule = Когда рассчитывается ценность (cron)
settings-horizon = На сколько вперёд считается ценность
settings-margin = Маржа от выручки
settings-keep-customers = Клиенты хранятся
settings-keep-messages = Сообщения хранятся
settings-for-ever = бессрочно
settings-days = { $days ->
        [one] { $days } день
        [few] { $days } дня
        [many] { $days } дней
       *[other] { $days } дня
    }

## How pages write for somebody
settings-calendar = Календарь
settings-calendar-usual = Принятый в языке
settings-calendar-gregorian = Григорианский
settings-digits = Цифры
settings-digits-usual = Принятые в языке
settings-digits-latin = От 0 до 9
settings-scope-segments-read = Видеть сегменты и их участников
settings-scope-segments-write = Создавать и менять сегменты
settings-scope-campaigns-read = Просмотр кампаний и их итогов
settings-scope-campaigns-edit = Создание и изменение кампаний
settings-scope-campaigns-approve = Запуск кампаний и изменение правил контакта
settings-scope-offers-read = Видеть предложения и их результаты
settings-scope-offers-write = Создавать и менять предложения
settings-scope-decisions-make = Спрашивать, что лучше всего для клиента, и сообщать, чем это кончилось
settings-scope-messages-deliver = Показ, передача и печать сообщений и отчёт о том, что с ними стало
settings-scope-alerts-edit = Ставить цели и оповещения

## Webhooks
settings-webhooks = Вебхуки
settings-webhooks-lead = Другие системы получают подписанные сообщения, когда возникает оповещение или достигнута цель.
settings-webhooks-none = Адресов пока нет.
settings-webhook-add = Добавить адрес
settings-webhook-made = Секрет адреса
settings-webhook-url = Адрес
settings-webhook-url-hint = Шифрованный и в общем интернете.
settings-webhook-fault = Укажите название, от 1 до 100 знаков, и шифрованный адрес в общем интернете.
settings-webhook-off = отключён
settings-webhook-gone = отключён: ответил, что его больше нет
settings-webhook-sure = Удалить адрес вместе с тем, что на него отправлено?
settings-webhook-remove = Удалить
settings-deliveries = Что отправлено
settings-deliveries-none = За последние 30 дней ничего.
settings-delivery-arrived = доставлено
settings-delivery-waiting = ждёт новой попытки
settings-delivery-failed = не доставлено
settings-delivery-tries = Попытки
settings-delivery-answer = Ответ
settings-delivery-again = Отправить снова

## Задачи: виды и этапы
job-score = Ценность всех клиентов
job-segments = Сегменты всех клиентов
job-conversions = Поиск конверсий
job-outcomes = Обучение на исходах
job-recommendations = Обучение рекомендаций
job-campaign = Выбор клиентов кампании
job-results = Результаты
job-uplift = На кого действует кампания
job-plan = План
job-sync = Синхронизация
job-forget = Удаление данных клиентов
job-tidy = Уборка
job-tidy_lake = Уборка озера данных
job-expire = Удаление того, что хранилось достаточно долго
job-sample = Пример компании
job-upload = Импорт файла
job-webhook = Вебхук
job-alerts = Оповещения
job-alert_mail = Письмо оповещения
job-waits = ждёт своей очереди
job-at = { $stage }: { $far }
stage-values = Чтение значений
stage-acquisition = Просмотр привлечённых клиентов
stage-choices = Расчёт вариантов
stage-writing = Запись результатов
stage-attributes = Передача в профили
stage-lake = Просмотр озера данных
stage-customers = Просмотр клиентов
stage-wiping = Очистка диска
stage-persons = Приём людей
stage-rules = Проверка правил
stage-members = Запись вошедших и вышедших
stage-overlaps = Подсчёт пересечений
stage-reading = Чтение строк
stage-company = Создание компании
stage-arriving = Приём поступившего
stage-purchases = Покупки
stage-visits = Визиты
stage-messages = Сообщения
stage-service = Жалобы, опросы и расходы
stage-results = Расчёт результатов
stage-learning = Обучение
stage-products = Чтение товаров
stage-alerts = Проверка показателей
