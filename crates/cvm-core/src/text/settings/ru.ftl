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
settings-scope-messages-deliver = Показ, передача и печать сообщений и отчёт о том, что с ними стало
