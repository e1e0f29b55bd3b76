# What stands behind the figures: sources, imports, runs, tables; and the first visit.

facts-title = Данные

## Words that many of these pages share
facts-name = Название
facts-about = О чём
facts-source = Источник
facts-reason = Причина
facts-records = Записи
facts-record = Запись
facts-when = Когда
facts-day = День
facts-events = События
facts-customers = Клиенты
facts-state = Состояние
facts-stored = Сохранено
facts-refused = Отклонено
facts-known-before = Уже известно
facts-files = Файлы
facts-actions = Действия
facts-add = Добавить
facts-copy = Копировать
facts-show = Показать
facts-show-all = Показать все
facts-more = Следующая страница
facts-never = Никогда
facts-as-table = Таблицей
facts-kind-customers = Клиенты
facts-kind-transactions = Покупки
facts-kind-events = События
facts-kind-calls = Вызовы SDK

## Sources
facts-sources = Источники
facts-sources-lead = Каждый магазин, приложение и касса отправляют данные со своим ключом записи. Ключ позволяет только отправлять.
facts-sources-none = Источников пока нет. Добавьте источник ниже и укажите его ключ записи в SDK.
facts-source-add = Добавить источник
facts-source-added = Источник добавлен, его ключ записи — в списке:
facts-source-close = Закрыть
facts-source-close-sure = Закрыть этот источник навсегда? Новые данные от него будут отклоняться, присланные останутся.
facts-source-taken = Источник с таким названием есть или был. Выберите другое.
facts-source-name-fault = Название — от 1 до 100 знаков.
facts-write-key = Ключ записи
facts-last-event = Последнее получено
facts-nothing-lately = ничего за две недели
facts-events-two-weeks = За две недели
facts-events-a-day = Получено за день

## Rejected records
facts-rejected = Отклонённые
facts-rejected-none = Ничего не отклонено
facts-rejected-none-lead = То, что нельзя принять, хранится здесь с причиной, чтобы попробовать снова.
facts-rejected-why = Почему
facts-rejected-lead = Выберите причину, чтобы увидеть записи. Они хранятся 90 дней.
facts-rejected-records = Отклонённые записи
facts-record-hidden = видна тем, у кого есть доступ к личным данным
facts-refused-in-file = { $reason }, строка { $line } файла { $file }
facts-replay = Повторить
facts-replay-all = Повторить эти (до 1000)
facts-replayed = Принято: { $taken }. Снова отклонено: { $refused }.

## Imports and syncs
facts-intake = Импорт и синхронизация
facts-syncs = Синхронизации
facts-syncs-lead = Синхронизация дочитывает таблицу другой базы или файлы хранилища. Она описывается в файле настроек cvm.toml:
facts-syncs-none = Пока ни одной. Добавьте такую таблицу и перезапустите сервер:
facts-last-run = Последний запуск
facts-run-now = Запустить сейчас
facts-imports = Импорт
facts-imports-lead = Сохранённые файлы. Прерванный импорт продолжается с того же места.
facts-imports-none = Ни один файл ещё не импортирован. На сервере это делает команда:
facts-began = Начало
facts-finished = Завершён
facts-unfinished = Не завершён

## Runs
facts-runs = Расчёты ценности
facts-runs-lead = Каждый расчёт заново определяет ценность каждого клиента. Показывается первый в списке.
facts-runs-none = Пока ничего не рассчитано. Это можно сделать, как только появятся заказы.
facts-runs-quality = Разница: предсказанные покупки против сделанных, на данных, которых модель не видела. Границы: доля клиентов, чьи траты попали в свои 90-процентные границы.
facts-run-as-of = На дату
facts-run-ended = Рассчитано
facts-run-day = На день (пусто: сегодня)
facts-run-day-fault = Выберите день не позже сегодняшнего.
facts-run-start = Рассчитать
facts-by-schedule = по расписанию
facts-by-command = из командной строки
facts-by-user = по запросу пользователя
facts-model = Модель
facts-missed = Разница
facts-covered = В границах
facts-report = Отчёт
facts-report-open = Открыть

## Tables of the lake, and SQL
facts-tables = Таблицы
facts-tables-lead = Всё, что хранит сервер, — таблицы Delta, доступные любому инструменту.
facts-table-messages = Всё, что пришло
facts-table-order_lines = Что события говорят о заказах, строка за строкой
facts-table-transactions = Что осталось от каждого заказа после возвратов
facts-table-owners = Чей каждый идентификатор, с какого и по какое время
facts-table-customer_values = Сколько стоил каждый в каждом расчёте
facts-table-people = Что известно о каждом, для сегментов; в SQL её нет
facts-table-rows = { $rows ->
        [one] { $rows } строка
        [few] { $rows } строки
        [many] { $rows } строк
       *[other] { $rows } строки
    }
facts-table-files = { $files ->
        [one] { $files } файл
        [few] { $files } файла
        [many] { $files } файлов
       *[other] { $files } файла
    }
facts-table-look = Посмотреть
facts-columns = Столбцы
facts-column = Столбец
facts-type = Тип
facts-meaning = Значение
facts-sql = SQL
facts-sql-title = Вопрос на SQL
facts-sql-lead = Один запрос, который только читает. Кто что спрашивал, хранится в журнале.
facts-sql-statement = Запрос
facts-sql-ask = Спросить
facts-sql-answer = Ответ
facts-sql-limits = До { $rows } строк и { $seconds } секунд.
facts-sql-cut = Строк больше, чем показано. В файле CSV их до 100 000.
facts-sql-empty = Ни одна строка не подходит.
facts-sql-examples = Примеры
facts-sql-example-months = Выручка по месяцам
facts-sql-example-tiers = Ценность по уровням
facts-sql-example-funnel = Люди по шагам
facts-sql-example-events = События по названию

## The first visit
facts-start-title = Добро пожаловать
facts-start-lead = Через несколько минут вы увидите, чего стоят ваши клиенты. Выберите, с чего начать.
facts-start-known = Данные уже есть.
facts-start-sample = Осмотритесь в учебной компании
facts-start-sample-lead = 5000 вымышленных клиентов и два года покупок, посещений, сообщений и жалоб. Это займёт минуту-другую.
facts-start-sample-load = Загрузить учебную компанию
facts-start-loading = Загрузка учебной компании
facts-start-failed = Учебную компанию загрузить не удалось:
facts-start-connect = Подключите магазин или приложение
facts-start-connect-lead = Направьте сюда SDK Segment или RudderStack; больше в коде ничего не меняется.
facts-start-ask-key = Ключ записи сообщит администратор.
facts-start-files = Загрузите файлы или читайте базу данных
facts-start-files-lead = Файлы любого размера сохраняет команда на сервере:
facts-upload-title = Файл
facts-upload-lead = CSV, NDJSON или Parquet, можно сжатые, до 256 МиБ. До сохранения вы увидите, что распознано.
facts-upload-about = О чём строки
facts-upload-file = Файл
facts-upload-bring = Посмотреть
facts-upload-none = Сначала выберите файл.
facts-upload-recognised = Что распознано
facts-upload-recognised-lead = Исправьте, что распознано неверно. Пока ничего не сохранено.
facts-upload-dates = Как записаны даты
facts-upload-decimal = Как записаны числа
facts-upload-by-looking = определить самим
facts-upload-store = Сохранить строки
facts-upload-look-again = Посмотреть ещё раз
facts-upload-storing = Сохранение строк
facts-upload-done = Файл прочитан до конца.
facts-upload-another = Ещё файл
facts-role-phone = Телефон
facts-role-card = Карта лояльности
facts-role-event = Событие
facts-start-intake = Импорт и синхронизации
facts-start-values = Затем узнайте, чего стоит каждый
facts-start-values-lead = Ценность рассчитывается каждую ночь; как только есть заказы, её можно рассчитать сразу.
facts-step-waiting = Ждёт своей очереди
facts-step-company = Создаётся компания
facts-step-customers = Сохраняются клиенты
facts-step-purchases = Сохраняются покупки
facts-step-visits = Сохраняются посещения
facts-step-messages = Сохраняются сообщения
facts-step-service = Сохраняются жалобы и ответы
facts-step-arriving = Выясняется, кто есть кто
facts-step-values = Рассчитывается ценность клиентов — на сегодня и на прошлые месяцы

## Что говорят столбцы таблиц
message-column-message_id = Идентификатор сообщения у отправителя; единственный в пределах источника
message-column-source = Источник, который его прислал
message-column-type = Вид сообщения по спецификации Segment
message-column-name = Событие, страница или экран
message-column-funnel_step = Насколько близко к покупке, по спецификации электронной торговли
message-column-user_id = Идентификатор известного человека у отправителя
message-column-anonymous_id = Идентификатор устройства у отправителя
message-column-group_id = Группа, в которую вступили
message-column-previous_id = Идентификатор, другое имя того же человека
message-column-timestamp = Когда это произошло, с поправкой часов отправителя
message-column-received_at = Когда получено
message-column-traits = Черты, объект JSON
message-column-properties = Свойства, объект JSON
message-column-context = Обстоятельства, объект JSON
message-column-batch = Партия входящих, в которой пришло
order-column-message_id = Сообщение, которое об этом говорит
order-column-user_id = Идентификатор известного человека у отправителя
order-column-anonymous_id = Идентификатор устройства у отправителя
order-column-step = Шаг заказа: выполнен, изменён, возвращён или отменён
order-column-takes_all_back = Возвращается ли всё, что осталось от заказа
order-column-received_at = Когда получено
order-column-batch = Партия входящих, в которой пришло
buyer-column-customer_id = Кто купил
line-column-order_id = Номер заказа у продавца
line-column-timestamp = Когда куплено или возвращено
line-column-line = Строка заказа, от 1
line-column-product = Идентификатор товара, иначе артикул, иначе название
line-column-category = Категория товара
line-column-quantity = Сколько; отрицательное при возврате
line-column-amount = Сколько платит клиент, без налога и доставки; отрицательное при возврате
line-column-discount = Насколько цена, умноженная на количество, больше суммы
line-column-cost = Во что строка обошлась продавцу; пусто, если никто не указал
line-column-currency = Валюта по стандарту ИСО 4217
line-column-coupon = Использованный купон
line-column-source = Источник, который об этом сообщил
owner-column-identifier = Идентификатор человека или устройства с указанием вида
owner-column-customer_id = Чей он
owner-column-since = Сообщения с этого времени; пусто: с самого начала
owner-column-until = Сообщения до этого времени; пусто: до конца
run-column-run = Запуск расчёта
run-column-as_of = Последний день, который учёл расчёт
person-column-first_seen_at = Когда клиента увидели впервые
person-column-last_seen_at = Когда клиента видели в последний раз
person-column-attributes = Что известно о клиенте, объект JSON

## Проба синхронизации
trial-title = Проба синхронизации
trial-try = Проверить
trial-again = Проверить снова
trial-works = Источник отвечает, его строки читаются.
trial-fails = Источник не читается.
trial-lead = Проба ничего не сохраняет. Ошибки исправляют в файле настроек, под именем синхронизации.
trial-becomes = Становится
trial-example = Например
trial-not_read = не читается
trial-rows = Первые строки
trial-no_rows = Достаточно старых строк пока нет.
trial-would_store = будет сохранена
trial-hidden = Вам не видны данные людей, поэтому значения не показаны.
