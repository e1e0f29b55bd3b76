campaigns-unsubscribe = Отписаться
campaigns-unsubscribe-text = Вы больше не будете получать такие сообщения этим путём.
campaigns-unsubscribed = Вы отписались
campaigns-unsubscribed-text = Мы больше не будем присылать такие сообщения. То, что уже в пути, может ещё прийти.
campaigns-title = Кампании
campaigns-lead = Кому что сказать, каким путём, в сравнении с молчанием.
campaigns-new = Новая кампания
campaigns-change = Изменить
campaigns-none = Кампаний пока нет
campaigns-none-text = Выберите сегмент, напишите сообщение и оставьте часть клиентов в стороне, чтобы увидеть пользу.
campaigns-name = Название
campaigns-description = Для чего
campaigns-state = Состояние
campaigns-channel = Канал
campaigns-audience = Аудитория
campaigns-but = Кроме
campaigns-everybody = Все
campaigns-told = Получили
campaigns-opened = Открыли
campaigns-clicked = Перешли по ссылке
campaigns-unsubscribed_tile = Отписались
campaigns-bounced = Вернулись
campaigns-cost = Стоимость контактов
campaigns-when = Когда
campaigns-numbers = В числах
campaigns-plan = План
campaigns-timing = Когда
campaigns-timing-now = Сразу после утверждения
campaigns-timing-at = Один раз, в назначенное время
campaigns-timing-at-when = День и время
campaigns-timing-every = Регулярно
campaigns-timing-every-when = Минута, час, день, месяц, день недели
campaigns-timing-every-hint = Как в cron: «0 9 * * 1» — понедельник в девять.
campaigns-per_minute = Не больше стольких в минуту (пусто: без ограничения)
campaigns-result_days = Дней, в которые покупки считаются итогом
campaigns-control = Контрольная группа
campaigns-control_percent = Контрольная группа, процент аудитории
campaigns-control-hint = Им ничего не говорят; без них неизвестно, что дала кампания.
campaigns-service = Сервисное сообщение
campaigns-service-hint = Клиенты этого ждут (сервисное сообщение): без согласий, ограничений, тихих часов и контрольной группы.
campaigns-audience-hint = Все, если ничего не выбрано. Удерживайте Ctrl, чтобы выбрать несколько.
campaigns-yes = Да
campaigns-next = Следующий раз
campaigns-started = Начата
campaigns-ended = Закончена
campaigns-start = Запустить
campaigns-submit = Отправить на утверждение
campaigns-approve = Утвердить и запустить
campaigns-pause = Приостановить
campaigns-resume = Продолжить
campaigns-stop = Остановить
campaigns-stop-question = Остановить насовсем? Кто ещё не получил сообщение, уже не получит.
campaigns-delete = Удалить
campaigns-delete-question = Удалить эту кампанию?
campaigns-messages = Сообщения
campaigns-members = Кто с кем сравнивается
campaigns-members-lead = Люди распределены по группам случайно и остаются в них.
campaigns-side = Группа
campaigns-customers = Клиенты
campaigns-share = Доля
campaigns-what = Что с ними стало
campaigns-number = Число
campaigns-machines = Открыты только программами
campaigns-left_out = Не вошли
campaigns-content = Содержание
campaigns-content-hint = Тексты на Liquid: {"{{ customer.first_name }}"}, {"{{ values.value_tier }}"}, {"{{ unsubscribe_url }}"}. Каждый получает свой язык или первый из имеющихся.
campaigns-example = Так, как получил бы вымышленный человек.
campaigns-as_text = Как текст
campaigns-variant = Вариант
campaigns-variant-name = Название
campaigns-variant-add = Добавить вариант
campaigns-variant-remove = Убрать вариант
campaigns-weight = Вес
campaigns-subject = Тема или заголовок
campaigns-text = Текст
campaigns-html = Страница (HTML)
campaigns-save = Сохранить
campaigns-faults = Чего-то не хватает или что-то не так; отмечено ниже.
campaigns-fault-name = Дайте название, которого нет у других, до 100 знаков.
campaigns-fault-subject = Письму нужна тема, уведомлению — заголовок.
campaigns-fault-text = Напишите текст хотя бы на одном языке.
campaigns-fault-html = Этот канал не передаёт страниц; напишите текстом.
campaigns-fault-template = Шаблон не читается:
campaigns-fault-control = Укажите от 0 до 90 процентов.
campaigns-fault-timing = Это время не читается.
campaigns-fault-weight = Укажите число больше 0.
campaigns-fault-number = Укажите целое число больше 0.
channel-email = Эл. почта
channel-sms = SMS
channel-push = Уведомление приложения
channel-webhook = Другая система (webhook)
channel-in_app = В приложении и на сайте
channel-call = Звонок
channel-print = Письмо по почте
campaigns-state-draft = Черновик
campaigns-state-waiting = Ждёт утверждения
campaigns-state-scheduled = Запланирована
campaigns-state-running = Идёт
campaigns-state-paused = Приостановлена
campaigns-state-done = Завершена
campaigns-state-stopped = Остановлена
campaigns-message-waiting = Ждут
campaigns-message-sending = Отправляются
campaigns-message-ready = Ждут запроса
campaigns-message-sent = Отправлены
campaigns-message-refused = Не разрешены
campaigns-message-failed = Не удались
campaigns-message-unknown = Неизвестно
campaigns-reason-suppressed = не беспокоить
campaigns-reason-no_consent = нет согласия
campaigns-reason-no_address = нет адреса
campaigns-reason-capped = недавно было достаточно
campaigns-reason-gone = больше не известен
campaigns-reason-stopped = кампания остановлена
campaigns-reason-interrupted = сервер остановился в этот момент
campaigns-reason-restored = восстановлено из копии
campaigns-reason-template = текст не удалось заполнить
campaigns-arm-treated = Получают
campaigns-arm-control = Контрольная группа
campaigns-arm-global_control = Глобальная контрольная группа
campaigns-no_carrier = Пока некому это передать ({$channel}). Тот, кто ведёт сервер, настраивает это в cvm.toml; как — в руководстве.
campaigns-offering = Что сообщаем
campaigns-offering-own = Собственный текст, написанный ниже
campaigns-offering-best = Лучшее предложение для каждого клиента
campaigns-offering-issue = Лучшее предложение с целью «{$issue}»
campaigns-offering-group = Лучшее предложение из группы «{$group}»
campaigns-offering-hint = У предложения свой текст. Лучшее выбирается в момент отправки; клиенту, для которого ни одно не стоит сообщения, ничего не отправляется.
campaigns-offering-each = Текст зависит от предложения, выбранного для каждого клиента.
campaigns-offers = Сделанные предложения
campaigns-offer = Предложение
campaigns-offer-chosen = Выбрано
campaigns-fault-own = У предложения свой текст; оставьте поля ниже пустыми.
campaigns-fault-offer = Выберите предложение с текстом для этого канала. В сервисном сообщении предложений нет.
campaigns-reason-nothing_worth = нет предложения, стоящего сообщения
campaigns-reason-no_offer = предложение больше не действует
campaigns-conversion = Конверсия
campaigns-conversion-lead = Что должны сделать клиенты. Это считается для каждой группы, а сделанное предложение считается принятым.
campaigns-conversion-what = Что считается
campaigns-conversion-none = Ничего, кроме покупок в результате
campaigns-conversion-purchase = Покупка
campaigns-conversion-event = Событие
campaigns-conversion-as_it_is = Как задано через API
campaigns-conversion-name = Название события
campaigns-conversion-property = Только если (свойство)
campaigns-conversion-value = равно
campaigns-conversion-days = В течение дней
campaigns-conversion-each = Считается каждый раз, а не только первый
campaigns-conversion-first = { $days ->
    [one] { $what }; первый раз в течение { $days } дня
    [few] { $what }; первый раз в течение { $days } дней
    [many] { $what }; первый раз в течение { $days } дней
   *[other] { $what }; первый раз в течение { $days } дня
}
campaigns-conversion-every = { $days ->
    [one] { $what }; каждый раз в течение { $days } дня
    [few] { $what }; каждый раз в течение { $days } дней
    [many] { $what }; каждый раз в течение { $days } дней
   *[other] { $what }; каждый раз в течение { $days } дня
}
campaigns-conversions = Конверсии
campaigns-conversions-lead = Считаются с первого сообщения; у тех, кому ничего не сообщали, — с момента выбора.
campaigns-converted = Клиенты, сделавшие это
campaigns-conversion-rate = Доля
campaigns-fault-conversion = Укажите название события и от 1 до 365 дней.
campaigns-print = Для типографии
campaigns-print-lead = В файле — имя, адрес и текст каждого письма. Каждое письмо попадает в один файл и тем самым считается отправленным; файл можно скачать снова в течение 30 дней.
campaigns-print-make = Создать файл
campaigns-letters = { $letters ->
    [one] { $letters } письмо
    [few] { $letters } письма
    [many] { $letters } писем
   *[other] { $letters } письма
}
campaigns-soft_bounced = Вернулись временно (ящик полон, отказ сервера)
campaigns-calls = Кому позвонить
campaigns-calls-lead = Сначала те, кто ждёт дольше всех.
campaigns-calls-none = Звонить некому
campaigns-calls-none-text = Телефонные кампании добавляют клиентов в этот список.
campaigns-call-accepted = Согласен
campaigns-call-told = Сообщено
campaigns-call-not_reached = Не дозвонились
campaigns-call-complained = Не хочет звонков
campaigns-policy = Правила контакта
campaigns-policy-lead = Кому, когда и как часто можно писать. Проверяется в момент отправки.
campaigns-policy-saved = Сохранено.
campaigns-policy-fault = Не сохранено: контрольная группа — от 0 до 50 процентов, дней — от 1 до 366, тихие часы начинаются и кончаются в разное время, у цели есть название.
campaigns-policy-consent = Согласия
campaigns-policy-purpose = Цель согласия
campaigns-policy-granted = Сказали «да»
campaigns-policy-not_denied = Не говорили «нет»
campaigns-policy-nothing = Ничего не нужно
campaigns-policy-caps = Как часто самое большее
campaigns-policy-caps-lead = Дни — по часовому поясу клиента; 1 — сегодня. Пустая строка — нет правила.
campaigns-policy-most = Не больше
campaigns-policy-days = За дней
campaigns-policy-all = Все каналы
campaigns-policy-quiet = Тихие часы
campaigns-policy-quiet-lead = По времени клиента; что выпадает на них, ждёт.
campaigns-policy-from = С
campaigns-policy-until = До
campaigns-policy-global = Процент всех клиентов
campaigns-policy-global-hint = Им никогда ничего не говорят, чтобы сравнить все кампании вместе с их отсутствием.
campaigns-of_treated = из { $customers ->
    [one] { $customers } клиента
   *[other] { $customers } клиентов
}
programmes-title = Программы
programmes-lead = Кто попадает в сегмент или что-то делает, проходит шаги, каждый в своё время.
programmes-new = Новая программа
programmes-change = Изменить программу
programmes-ready = Готовые для начала
programmes-ready-lead = Каждая становится черновиком с текстами на четырёх языках, который можно изменить и запустить.
programmes-take = Взять
programmes-entry = Кто попадает в
programmes-goal = Цель: кто попадает в
programmes-goal-hint = Кто там, достиг цели и покидает программу.
programmes-again = Повторно
programmes-again-after = Снова через дней
programmes-again-hint = Пусто: один раз в жизни.
programmes-never = один раз в жизни
programmes-control_percent = Контрольная группа, процент вошедших
programmes-entered = Вошли
programmes-on_their_way = В пути
programmes-done = Прошли
programmes-left = Вышли по пути
programmes-reached = Достигли цели
programmes-control = Без сообщений, для сравнения
programmes-steps = Шаги
programmes-step = Шаг
programmes-what = Что
programmes-wait = Пауза
programmes-wait-hours = Часы
programmes-only_if = Условие
programmes-only_in = Дальше идёт, кто в
programmes-only_out = Дальше идёт, кто не в
programmes-who = Кто
programmes-segment = Сегмент
programmes-send = Сообщение
programmes-remove = Убрать этот шаг
programmes-stop-question = Остановить насовсем? Кто в пути, выйдет.
programmes-delete-question = Удалить эту программу?
programmes-fault-hours = Укажите от 1 до 8784 часов.
programmes-fault-steps = В программе от 1 до 30 шагов.
programmes-fault-segment = Такого сегмента нет.
programmes-welcome = Приветствие
programmes-welcome-why = Новых людей с согласием на почту приветствуют и напоминают, если за три дня нет покупки.
programmes-welcome-subject = Добро пожаловать, {"{{ customer.first_name }}"}
programmes-welcome-text = Здравствуйте, {"{{ customer.first_name }}"}! Хорошо, что вы с нами. Расскажите, что вам нравится, и мы будем писать только по делу.
programmes-welcome-2-subject = Помочь с выбором, {"{{ customer.first_name }}"}?
programmes-welcome-2-text = Здравствуйте, {"{{ customer.first_name }}"}! Если что-то мешает выбрать, ответьте на это письмо: его читает человек.
programmes-cart = Брошенная корзина
programmes-cart-why = Кто день назад положил что-то в корзину и не купил, получает одно напоминание.
programmes-cart-subject = Ещё думаете, {"{{ customer.first_name }}"}?
programmes-cart-text = Здравствуйте, {"{{ customer.first_name }}"}! Ваша корзина ждёт. Если остановил вопрос, ответьте на это письмо.
programmes-second = Вторая покупка
programmes-second-why = Через две недели после первой покупки: кто не купил снова, получает сообщение.
programmes-second-subject = Как вам, {"{{ customer.first_name }}"}?
programmes-second-text = Здравствуйте, {"{{ customer.first_name }}"}! Надеемся, первый заказ удался. Вот что другие выбрали потом.
programmes-birthday = День рождения
programmes-birthday-why = Поздравление в этот день; ничего не продаём.
programmes-birthday-subject = С днём рождения, {"{{ customer.first_name }}"}
programmes-birthday-text = {"{{ customer.first_name }}"}, поздравляем вас с днём рождения от всех нас.
programmes-at_risk = Удержание ценных
programmes-at_risk-why = Ценные клиенты, которые, похоже, уходят, получают письмо, а через неделю без перемен — звонок.
programmes-at_risk-subject = Нам вас не хватает, {"{{ customer.first_name }}"}
programmes-at_risk-text = Здравствуйте, {"{{ customer.first_name }}"}! Давно вас не было. Если мы в чём-то ошиблись, скажите: мы хотим исправить.
programmes-at_risk-call-subject = Звонок
programmes-at_risk-call-text = Спросите, что мешает {"{{ customer.first_name }}"} вернуться. Выслушайте, решите, что можно, и запишите причину. Ничего не продавайте.
programmes-win_back = Возвращение
programmes-win_back-why = Кто не покупал полгода, получает от нас два сообщения с разницей в две недели.
programmes-win_back-subject = Много нового, {"{{ customer.first_name }}"}
programmes-win_back-text = Здравствуйте, {"{{ customer.first_name }}"}! С вашего последнего визита многое изменилось. Загляните: мы всегда вам рады.
programmes-win_back-2-subject = Остаёмся на связи, {"{{ customer.first_name }}"}?
programmes-win_back-2-text = Здравствуйте, {"{{ customer.first_name }}"}! Если хотите получать меньше писем, достаточно одного нажатия ниже. Если нет, мы рады.
programmes-segment-new = Новые, с согласием на почту
programmes-segment-bought = Покупали
programmes-segment-cart = Корзина брошена день назад
programmes-segment-once = Первая покупка на этой неделе
programmes-segment-one = Пока одна покупка
programmes-segment-birthday = Сегодня день рождения
programmes-segment-at_risk = Ценные и под угрозой ухода
programmes-segment-sleeping = Спящие
programmes-again-days = { $days ->
    [one] через { $days } день
   *[other] через { $days } дн.
}
programmes-days = { $days ->
    [one] { $days } день
   *[other] { $days } дн.
}
programmes-hours = { $hours ->
    [one] { $hours } час
   *[other] { $hours } ч
}
programmes-begins = Кто сделает
programmes-begins-hint = Пусто: начинает один сегмент. С событием начинает лишь тот, кто в этот момент в сегменте; без сегмента — каждый.
programmes-here = Сейчас здесь
programmes-went_on = Пошли дальше
programmes-left_here = Вышли здесь
programmes-which_way = На пути
programmes-nothing = Здесь ничего не происходит.
programmes-wait_event = Ожидание события
programmes-wait_segment = Ожидание сегмента
programmes-wait_for_time = Ожидание времени суток
programmes-at_most_days = Не дольше дней
programmes-in_vain = Кто не дождался
programmes-goes_on = идёт дальше
programmes-leaves = выходит
programmes-time = Время
programmes-time-hint = В часовом поясе клиента. Дни не выбраны: в любой день.
programmes-weekdays = По этим дням
programmes-monday = понедельник
programmes-tuesday = вторник
programmes-wednesday = среда
programmes-thursday = четверг
programmes-friday = пятница
programmes-saturday = суббота
programmes-sunday = воскресенье
programmes-branch = Развилка по сегменту
programmes-branch-then = Кто в сегменте
programmes-branch-in = В «{ $segment }»
programmes-branch-others = Остальные
programmes-split = Случайная развилка
programmes-split-hint = Кто придёт снова, пойдёт тем же путём. Веса — доли их суммы.
programmes-path = Путь
programmes-path-name = Название
programmes-path-weight = Вес
programmes-path-add = Добавить путь
programmes-path-remove = Убрать этот путь
programmes-webhook = Сообщить другой системе
programmes-endpoint = Адрес
programmes-no_endpoint = Адреса пока нет. Его добавит в настройках тот, кто управляет ключами.
programmes-update_profile = Задать атрибут
programmes-attribute = Атрибут
programmes-value = Значение
programmes-kind = Вид шага
programmes-add = Добавить шаг
programmes-up = Выше
programmes-down = Ниже
programmes-change-hint = Кто в пути, остаётся на своём шаге, где бы тот теперь ни стоял. Если шаг убран, человек идёт дальше со следующего, который остался. Кто уже ждёт, ждёт столько, сколько было сказано, когда он пришёл.
programmes-fault-days = Укажите от 1 до 366 дней.
programmes-fault-weekdays = Выберите дни недели.
programmes-fault-paths = У случайной развилки от 2 до 10 путей.
programmes-fault-weight = Укажите число больше 0.
programmes-fault-endpoint = Такого адреса нет.
programmes-fault-attribute = Укажите название от 1 до 100 знаков и значение до 1000 знаков.
programmes-fault-event = Событие сказано не полностью: выберите его и дайте условию подходящие сравнение и значение.
programmes-until-goes_on = { $days ->
    [one] { $what }; через { $days } день дальше в любом случае
    [few] { $what }; через { $days } дня дальше в любом случае
   *[other] { $what }; через { $days } дней дальше в любом случае
}
programmes-until-leaves = { $days ->
    [one] { $what }; кто ждёт дольше { $days } дня, выходит
   *[other] { $what }; кто ждёт дольше { $days } дней, выходит
}
programmes-people-here = { $people ->
    [one] На этом шаге { $people } клиент.
    [few] На этом шаге { $people } клиента.
   *[other] На этом шаге { $people } клиентов.
}
