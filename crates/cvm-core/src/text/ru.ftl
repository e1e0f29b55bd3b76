# Русский деловой язык без калек. Число в фигурных скобках выбирает и форму множественного числа.

## Промежутки времени
span-today = сегодня
span-ago = { $unit ->
    [day] { $count ->
        [one] { $count } день назад
        [few] { $count } дня назад
       *[other] { $count } дней назад
    }
    [week] { $count ->
        [one] { $count } неделю назад
        [few] { $count } недели назад
       *[other] { $count } недель назад
    }
    [month] { $count ->
        [one] { $count } месяц назад
        [few] { $count } месяца назад
       *[other] { $count } месяцев назад
    }
   *[year] { $count ->
        [one] { $count } год назад
        [few] { $count } года назад
       *[other] { $count } лет назад
    }
}
span-every = { $unit ->
    [day] { $count ->
        [1] каждый день
        [one] раз в { $count } день
        [few] раз в { $count } дня
       *[other] раз в { $count } дней
    }
    [week] { $count ->
        [1] раз в неделю
        [one] раз в { $count } неделю
        [few] раз в { $count } недели
       *[other] раз в { $count } недель
    }
    [month] { $count ->
        [1] раз в месяц
        [one] раз в { $count } месяц
        [few] раз в { $count } месяца
       *[other] раз в { $count } месяцев
    }
   *[year] { $count ->
        [1] раз в год
        [one] раз в { $count } год
        [few] раз в { $count } года
       *[other] раз в { $count } лет
    }
}
span-for = { $unit ->
    [day] { $count ->
        [one] { $count } день
        [few] { $count } дня
       *[other] { $count } дней
    }
    [week] { $count ->
        [one] { $count } неделю
        [few] { $count } недели
       *[other] { $count } недель
    }
    [month] { $count ->
        [one] { $count } месяц
        [few] { $count } месяца
       *[other] { $count } месяцев
    }
   *[year] { $count ->
        [one] { $count } год
        [few] { $count } года
       *[other] { $count } лет
    }
}
span-next = { $unit ->
    [day] { $count ->
        [1] за ближайший день
        [one] за ближайший { $count } день
        [few] за ближайшие { $count } дня
       *[other] за ближайшие { $count } дней
    }
    [week] { $count ->
        [1] за ближайшую неделю
        [one] за ближайшую { $count } неделю
        [few] за ближайшие { $count } недели
       *[other] за ближайшие { $count } недель
    }
    [month] { $count ->
        [1] за ближайший месяц
        [one] за ближайший { $count } месяц
        [few] за ближайшие { $count } месяца
       *[other] за ближайшие { $count } месяцев
    }
   *[year] { $count ->
        [1] за ближайший год
        [one] за ближайший { $count } год
        [few] за ближайшие { $count } года
       *[other] за ближайшие { $count } лет
    }
}

## Почему клиент там, где он есть
reason-new = новый: первая покупка { $since }
reason-once = одна покупка, { $since }
reason-on_time = покупает { $every }, последний раз { $since }
reason-silent = покупал { $every }, молчит { $silent }
reason-returned = вернул столько же, сколько купил
reason-spend_high = { $times ->
    [one] тратит в { $times } раз больше среднего
    [few] тратит в { $times } раза больше среднего
   *[other] тратит в { $times } раз больше среднего
}
reason-spend_low = тратит вдвое меньше среднего или ещё меньше
reason-join = { $rhythm }; { $spend }

## Сегменты RFM и что с ними делать
segment-champions = Лучшие клиенты
segment-loyal = Лояльные
segment-potential_loyalists = На пути к лояльности
segment-new_customers = Новые клиенты
segment-promising = Перспективные
segment-need_attention = Требуют внимания
segment-about_to_sleep = Засыпающие
segment-at_risk = Под угрозой ухода
segment-cannot_lose = Нельзя потерять
segment-hibernating = Спящие
segment-lost = Потерянные
action-champions = Поблагодарите, попросите об отзывах и рекомендациях. Новинки показывайте им первыми; скидок не давайте: они покупают за полную цену.
action-loyal = Предложите товары классом выше и привилегии, растущие вместе с тратами. Спросите, чего им не хватает в ассортименте.
action-potential_loyalists = Помогите закрепить привычку: рекомендуйте то, что дополняет последние покупки, и пригласите в программу лояльности.
action-new_customers = Поприветствуйте и помогите освоить покупку. Всё решает вторая покупка: дайте для неё повод в ближайшие недели.
action-promising = Оставайтесь на связи: полезные материалы и небольшой, ограниченный по времени повод вернуться.
action-need_attention = Напомните о себе личным предложением на основе прошлых покупок, пока привычка не пропала.
action-about_to_sleep = Отправьте напоминание с популярными товарами или умеренной скидкой; если ответа нет, остановитесь.
action-at_risk = Верните их личным сообщением и хорошим предложением; спросите, что пошло не так.
action-cannot_lose = Позвоните или напишите лично: они были среди лучших. Выясните, почему ушли, и сделайте предложение под стать их прежней ценности.
action-hibernating = Только недорогие контакты: сезонное напоминание или рассылка. Прежде чем тратить больше, сравните с контрольной группой.
action-lost = По умолчанию не тратьте на них ничего; самое большее, включите в один широкий тест на возврат.

## Уровни ценности
tier-platinum = Платина
tier-gold = Золото
tier-silver = Серебро
tier-bronze = Бронза

## Сегменты: названия полей
field-first_purchase = первая покупка
field-last_purchase = последняя покупка
field-frequency = повторные покупки
field-recency_days = дней от первой до последней покупки
field-age_days = дней с первой покупки
field-monetary = средняя повторная покупка
field-revenue = выручка
field-returns = возвраты
field-profit = прибыль
field-r_score = оценка давности
field-f_score = оценка частоты
field-m_score = оценка трат
field-rfm_segment = сегмент RFM
field-p_alive = вероятность, что клиент не ушёл
field-expected_purchases = ожидаемые покупки
field-expected_spend = ожидаемые траты
field-clv = пожизненная ценность клиента
field-clv_low = нижняя граница пожизненной ценности
field-clv_high = верхняя граница пожизненной ценности
field-clv_simple = простая пожизненная ценность
field-value_tier = уровень ценности
field-cluster = кластер
field-reason = обоснование
field-first_seen_at = первый контакт
field-last_seen_at = последний контакт
field-city = город
field-country = страна
field-language = язык
field-gender = пол
field-birthday = день рождения
field-created_at = открытие учётной записи
field-email = электронная почта
field-phone = номер телефона
field-category = категория
field-product = товар
field-channel = канал
field-source = источник
field-coupon = купон
field-amount = сумма
field-quantity = количество

## Сегменты: что сделал клиент
funnel-products_searched = поиск товаров
funnel-product_list_viewed = просмотр списка товаров
funnel-product_list_filtered = фильтрация списка товаров
funnel-promotion_viewed = просмотр акции
funnel-promotion_clicked = клик по акции
funnel-product_clicked = клик по товару
funnel-product_viewed = просмотр товара
funnel-product_added_to_wishlist = добавление товара в избранное
funnel-product_added = добавление товара в корзину
funnel-product_removed = удаление товара из корзины
funnel-cart_viewed = просмотр корзины
funnel-coupon_entered = ввод купона
funnel-coupon_applied = принятие купона
funnel-coupon_denied = отклонение купона
funnel-coupon_removed = удаление купона
funnel-checkout_started = начало оформления заказа
funnel-checkout_step_viewed = просмотр шага оформления
funnel-checkout_step_completed = завершение шага оформления
funnel-payment_info_entered = ввод платёжных данных
funnel-order_completed = оформление заказа
funnel-order_updated = изменение заказа
funnel-order_refunded = возврат денег
funnel-order_cancelled = отмена заказа
funnel-product_reviewed = отзыв о товаре
rule-purchase = покупка
rule-visit = посещение
rule-event = событие { $name }
rule-page = просмотр страницы { $name }
rule-screen = просмотр экрана { $name }
rule-with = { $event } ({ $conditions })
rule-did = { $event }: { $details }
rule-details = { $first }, { $second }
rule-times-at_least = { $count ->
    [one] не менее { $count } раза
    [few] не менее { $count } раз
   *[other] не менее { $count } раз
}
rule-times-at_most = { $count ->
    [one] не более { $count } раза
    [few] не более { $count } раз
   *[other] не более { $count } раз
}
rule-times-exactly = { $count ->
    [one] ровно { $count } раз
    [few] ровно { $count } раза
   *[other] ровно { $count } раз
}
rule-never = ни разу
rule-when-last = { $days ->
    [one] за последний { $days } день
    [few] за последние { $days } дня
   *[other] за последние { $days } дней
}
rule-when-between = с { $from } по { $to }
rule-spending-at_least = траты не менее { $amount }
rule-spending-at_most = траты не более { $amount }
rule-then = { $first }, затем { $second }
rule-sequence = { $days ->
    [one] { $steps }, каждое не позднее { $days } дня после предыдущего
    [few] { $steps }, каждое не позднее { $days } дней после предыдущего
   *[other] { $steps }, каждое не позднее { $days } дней после предыдущего
}
rule-not_followed = { $days ->
    [one] { $first } не менее { $days } дня назад, и с тех пор не было: { $then }
    [few] { $first } не менее { $days } дней назад, и с тех пор не было: { $then }
   *[other] { $first } не менее { $days } дней назад, и с тех пор не было: { $then }
}

## Сегменты: условия
rule-quoted = «{ $text }»
rule-true = да
rule-false = нет
rule-equals = { $field } — { $value }
rule-one_of = { $field } — одно из: { $values }
rule-contains = { $field } содержит { $value }
rule-starts_with = { $field } начинается с { $value }
rule-above = { $field } больше { $value }
rule-at_least = { $field } не меньше { $value }
rule-below = { $field } меньше { $value }
rule-at_most = { $field } не больше { $value }
rule-between = { $field } от { $low } до { $high }
rule-on = { $field }: { $date }
rule-before = { $field } до { $date }
rule-after = { $field } после { $date }
rule-in_last_days = { $days ->
    [one] { $field } за последний { $days } день
    [few] { $field } за последние { $days } дня
   *[other] { $field } за последние { $days } дней
}
rule-more_than_days_ago = { $days ->
    [one] { $field } более { $days } дня назад
    [few] { $field } более { $days } дней назад
   *[other] { $field } более { $days } дней назад
}
rule-in_next_days = { $days ->
    [one] { $field } в ближайший { $days } день
    [few] { $field } в ближайшие { $days } дня
   *[other] { $field } в ближайшие { $days } дней
}
rule-birthday_in_days = { $days ->
    [one] годовщина ({ $field }) в ближайший { $days } день
    [few] годовщина ({ $field }) в ближайшие { $days } дня
   *[other] годовщина ({ $field }) в ближайшие { $days } дней
}
rule-is_set = { $field }: известно
rule-is_not_set = { $field }: неизвестно
rule-any_channel = любой канал
rule-consent-granted = согласие на { $purpose } ({ $channel }): дано
rule-consent-denied = согласие на { $purpose } ({ $channel }): отказ
rule-consent-unknown = согласие на { $purpose } ({ $channel }): ничего не сказано
rule-segment = в сегменте { $name }
rule-sql = условие SQL { $sql }
rule-and = { $first }, а также { $second }
rule-or = { $first }, или { $second }
rule-group = ({ $condition })
rule-not = не: { $condition }

## Сегменты: готовые
ready-champions = Чемпионы
ready-valuable_at_risk = Ценные и под угрозой ухода
ready-new = Новые клиенты
ready-one_time = Купившие один раз
ready-unprofitable = Убыточные
ready-would_be_vip = Будущие лучшие клиенты
ready-sleeping = Спящие

## Строки, которые не использованы
problem-no_customer = Не указан клиент
problem-unreadable_time = Дата не читается
problem-no_time = Нет даты
problem-not_a_number = Сумма не является числом
problem-no_amount = Нет суммы
problem-future_date = Дата в будущем
problem-after_as_of = После даты анализа
problem-duplicate = Повтор более ранней строки
problem-return_dropped = Возврат, исключён по вашему указанию
problem-other_currency = В другой валюте
problem-wrong_columns = Лишние или недостающие столбцы
problem-unreadable_text = Текст в неизвестной кодировке

## Столбцы файла
role-customer = Клиент
role-time = Дата
role-amount = Сумма
role-quantity = Количество
role-unit_price = Цена за единицу
role-order = Заказ
role-product = Товар
role-category = Категория
role-channel = Канал
role-currency = Валюта
role-cost = Затраты
found-name = по названию
found-content = по содержимому
found-flag = по вашему указанию
found-only = единственный подходящий

## Чем группа отличается от остальных
trait-days_since_last-above = { $typical ->
    [one] последняя покупка { $typical } день назад (все клиенты: { $base })
    [few] последняя покупка { $typical } дня назад (все клиенты: { $base })
   *[other] последняя покупка { $typical } дней назад (все клиенты: { $base })
}
trait-days_since_last-below = { $typical ->
    [one] недавняя покупка: { $typical } день назад (все клиенты: { $base })
    [few] недавняя покупка: { $typical } дня назад (все клиенты: { $base })
   *[other] недавняя покупка: { $typical } дней назад (все клиенты: { $base })
}
trait-purchases-above = { $typical ->
    [one] покупают часто: { $typical } покупка (все клиенты: { $base })
    [few] покупают часто: { $typical } покупки (все клиенты: { $base })
    [many] покупают часто: { $typical } покупок (все клиенты: { $base })
   *[other] покупают часто: { $typical } покупки (все клиенты: { $base })
}
trait-purchases-below = { $typical ->
    [one] покупают редко: { $typical } покупка (все клиенты: { $base })
    [few] покупают редко: { $typical } покупки (все клиенты: { $base })
    [many] покупают редко: { $typical } покупок (все клиенты: { $base })
   *[other] покупают редко: { $typical } покупки (все клиенты: { $base })
}
trait-order_value-above = крупные заказы: { $typical } (все клиенты: { $base })
trait-order_value-below = небольшие заказы: { $typical } (все клиенты: { $base })
trait-age_days-above = { $typical ->
    [one] давние клиенты: { $typical } день (все клиенты: { $base })
    [few] давние клиенты: { $typical } дня (все клиенты: { $base })
   *[other] давние клиенты: { $typical } дней (все клиенты: { $base })
}
trait-age_days-below = { $typical ->
    [one] недавние клиенты: { $typical } день (все клиенты: { $base })
    [few] недавние клиенты: { $typical } дня (все клиенты: { $base })
   *[other] недавние клиенты: { $typical } дней (все клиенты: { $base })
}
trait-interval_days-above = { $typical ->
    [one] долгие перерывы между покупками: { $typical } день (все клиенты: { $base })
    [few] долгие перерывы между покупками: { $typical } дня (все клиенты: { $base })
   *[other] долгие перерывы между покупками: { $typical } дней (все клиенты: { $base })
}
trait-interval_days-below = { $typical ->
    [one] короткие перерывы между покупками: { $typical } день (все клиенты: { $base })
    [few] короткие перерывы между покупками: { $typical } дня (все клиенты: { $base })
   *[other] короткие перерывы между покупками: { $typical } дней (все клиенты: { $base })
}

## Предупреждения
warning-no_holdout = Период данных слишком короток, чтобы отложить часть для проверки, поэтому судить о качестве прогноза не по чему. Считайте его первой оценкой.
warning-bias_above = На покупках, которых модель не видела, она предсказала на { $share } больше, чем было. Прогноз может быть завышен настолько же.
warning-bias_below = На покупках, которых модель не видела, она предсказала на { $share } меньше, чем было. Прогноз может быть занижен настолько же.
warning-coverage = В границы, рассчитанные на 90 % клиентов, попали { $share }. К границам для отдельных клиентов относитесь осторожно.
warning-spend_depends = У тех, кто покупает чаще, и сумма покупки другая (корреляция { $correlation }), а модель трат предполагает, что связи нет. Ценность самых частых покупателей менее надёжна.
warning-few_repeat = { $customers ->
    [one] Больше одного раза купил только { $customers } клиент: этого мало, чтобы узнать привычки.
    [few] Больше одного раза купили только { $customers } клиента: этого мало, чтобы узнать привычки.
   *[other] Больше одного раза купили только { $customers } клиентов: этого мало, чтобы узнать привычки.
}
warning-many_problems = Не удалось использовать { $share } строк. Прежде чем полагаться на итоги, выясните почему.
warning-no_costs = Нет ни столбца затрат, ни маржи, поэтому ценность здесь означает выручку, а не прибыль.
warning-identical_rows = { $rows ->
    [one] { $rows } строка полностью совпадает с более ранней. Она оставлена, потому что может быть настоящей.
    [few] { $rows } строки полностью совпадают с более ранними. Они оставлены, потому что могут быть настоящими.
   *[other] { $rows } строк полностью совпадают с более ранними. Они оставлены, потому что могут быть настоящими.
}
warning-no_spend_model = Модель трат подобрать не удалось. Её заменяет средняя покупка самого клиента, приближенная к общей средней.
warning-weak_prior = Данные не определяют один из параметров модели { $model }: например, почти никто, похоже, не уходит. Его задало слабое предположение, поэтому к далёкому будущему относитесь осторожно.
warning-few_covariates = У { $share } клиентов нет строки в файле с признаками, поэтому о них модели знают только то, что говорят покупки.
warning-no_model = Модель покупок подобрать не удалось, поэтому прогноза нет. Показано то, что уже произошло.

## Столбцы клиента
column-customer_id = Клиент, как в файле
column-first_purchase = Местный день первой покупки
column-last_purchase = Местный день последней покупки
column-frequency = Повторные покупки: дни с положительным итогом, кроме первого
column-recency_days = Дней от первой покупки до последней
column-age_days = Дней от первой покупки до даты анализа
column-monetary = Средняя чистая сумма повторных покупок; пусто, если их нет
column-revenue = Выручка на сегодня за вычетом возвратов
column-returns = Возвраты и отмены на сегодня, положительной суммой
column-profit = Маржа на сегодня: выручка минус затраты, если они есть в файле, иначе выручка × маржа; пусто, если неизвестны ни затраты, ни маржа
column-r_score = Оценка давности от 1 до 5; 5 у купивших последними
column-f_score = Оценка частоты от 1 до 5; 5 у покупающих чаще всех
column-m_score = Оценка трат от 1 до 5; 5 у потративших больше всех
column-rfm_segment = Один из одиннадцати сегментов RFM
column-p_alive = Вероятность, что на дату анализа это ещё клиент
column-expected_purchases = Ожидаемые покупки за горизонт прогноза
column-expected_spend = Ожидаемая выручка за горизонт прогноза, без дисконтирования
column-clv = Пожизненная ценность клиента: ожидаемая маржа за горизонт прогноза, дисконтированная
column-clv_low = Ниже лежат 5 % исходов с учётом случайности; пусто, если неопределённость не считалась
column-clv_high = Выше лежат 5 % исходов с учётом случайности; пусто, если неопределённость не считалась
column-clv_simple = Средний заказ × покупок в год × срок жизни базы, × маржа
column-value_tier = По CLV: платина (лучшие 5 %), золото (следующие 15 %), серебро (следующие 30 %), бронза
column-cluster = Группа по поведению, 1 самая ценная; пусто, если групп не найдено
column-reason = Причина словами

## Отчёт: рамка
report-title = Отчёт о ценности клиентов
report-as_of = По состоянию на { $date }
report-period = Покупки с { $from } по { $to }
report-rows = Использовано строк: { $used } из { $read }
report-contents = Содержание
report-skip = Перейти к отчёту
report-show_table = Показать таблицей
report-made_by = Подготовлено в OpenCVM { $version }. Всё посчитано там, где лежат данные; этот файл ничего не загружает из сети.
report-scroll = { $table } (таблица, прокручивается вбок)
interval-between = от { $low } до { $high }
interval-90 = 90 %: от { $low } до { $high }
interval-caption = Закрашено: сюда попадают 9 исходов из 10

## Главные цифры
kpi-clv = Пожизненная ценность клиентов
kpi-clv-note = маржа { $horizon }, дисконтированная
kpi-clv-note-revenue = выручка { $horizon }, дисконтированная
kpi-expected_revenue = Ожидаемая выручка
kpi-expected_purchases = Ожидаемые покупки
kpi-active = Остаются клиентами
kpi-active-note = { $share } из { $customers }
kpi-customers = Клиенты
kpi-customers-note = { $share } купили снова
kpi-revenue = Выручка на сегодня
kpi-revenue-note = за вычетом возвратов: { $returns }
kpi-purchases = Покупки на сегодня
kpi-purchases-note = { $count } в год на клиента
kpi-order_value = Средний чек
kpi-order_value-note = { $count ->
    [one] { $count } покупка на сегодня
    [few] { $count } покупки на сегодня
   *[other] { $count } покупок на сегодня
}
kpi-clv_simple = CLV по простой формуле
kpi-clv-simple = по простой формуле: { $clv }

## Насколько этому можно верить
sure-title = Насколько этому можно верить?
sure-holdout = Прогноз проверен на покупках, которых модель не видела (клиентов: { $customers }; период: { $from } – { $to }). Предсказано покупок: { $predicted }, было: { $actual }.
sure-exact = Расхождение не больше половины процента.
sure-above = Это на { $share } больше, чем было.
sure-below = Это на { $share } меньше, чем было.
sure-coverage = Траты { $share } клиентов попали в их границы 90 %.
sure-total-inside = Общая сумма трат тоже попала в свои границы.
sure-total-outside = Общая сумма трат вышла за свои границы.
sure-laplace = Границы учитывают и неточность модели, и простую случайность: 5 % исходов лежат ниже, 5 % выше.
sure-nuts = Границы взяты из полного апостериорного распределения (NUTS) и учитывают случайность: 5 % исходов лежат ниже, 5 % выше.
sure-none = Неопределённость не считалась, поэтому цифры даны без границ.
sure-fine = В данных нет ничего, что мешало бы пользоваться этими цифрами.
sure-warnings = { $count ->
    [one] { $count } вещь, которую нужно знать
    [few] { $count } вещи, которые нужно знать
   *[other] { $count } вещей, которые нужно знать
}

## Разделы
concentration-title = Где сосредоточена ценность
concentration-lead = Лучшие 20 % клиентов уже принесли { $revenue } выручки, и на них приходится { $clv } будущей ценности.
concentration-chart = Доля клиентов в ценности, начиная с наименее ценных
concentration-customers = Доля клиентов
concentration-value = Доля ценности
concentration-equal = Поровну
concentration-gini = Коэффициент Джини
concentration-top20 = Доля лучших 20 %
concentration-past = Выручка на сегодня
concentration-future = Будущая ценность
monthly-title = Выручка по месяцам
monthly-lead = За вычетом возвратов. Месяцы, охваченные данными лишь частично, показаны бледнее.
monthly-average = За последние полные месяцы (их { $count }) выручка составляла в среднем { $revenue } в месяц.
monthly-new = Новые клиенты
monthly-active = Купившие клиенты
monthly-partial = частично
rfm-title = Давность и частота
rfm-lead = Каждый клиент получает оценку от 1 до 5 за то, как недавно и как часто он покупал. Чем насыщеннее цвет клетки, тем больше в ней будущей ценности.
rfm-recency = Оценка давности
rfm-frequency = Оценка частоты
rfm-cell = { $customers ->
    [one] { $customers } клиент
    [few] { $customers } клиента
   *[other] { $customers } клиентов
}
rfm-empty = нет
segments-title = Сегменты и что с ними делать
segments-lead = Сегменты, начиная с самого ценного. Полоса показывает долю в будущей ценности.
segments-action = Что делать
tiers-title = Уровни ценности
tiers-lead = Клиенты по убыванию будущей ценности: платина — лучшие 5 %, золото — следующие 15 %, серебро — следующие 30 %, бронза — остальные.
tiers-chart = Доля клиентов и ценности по уровням
clusters-title = Группы по поведению
clusters-lead = Найдены в самих данных, без заданных правил. Каждая описана тем, чем она отличается от всей базы: типичные значения, в скобках — по всем клиентам.
clusters-name = Группа { $number }
clusters-none = Групп не найдено: база слишком мала или слишком однородна.
clusters-ordinary = во всём близки к среднему
cohorts-title = Кто возвращается
cohorts-lead = Клиенты по месяцу первой покупки и сколько из каждой сотни купили снова в каждом следующем месяце.
cohorts-month = Первая покупка
cohorts-after = Месяцы после первой покупки
cohorts-all = Все
leaving-title = Уходят, но стоят звонка
leaving-lead = Клиенты с высокой прошлой ценностью, которые, вероятно, ушли; сначала самая большая потеря.
leaving-none = Похоже, ни один клиент с высокой прошлой ценностью не уходит.
best-title = Самые ценные клиенты
best-lead = Наибольшая будущая ценность и границы, в которые каждый попадёт в 9 случаях из 10.
profit-title = Кто обходится дороже, чем приносит
profit-lead = { $customers ->
    [one] { $customers } клиент приносит убыток, всего { $loss }; прибыль от всех клиентов вместе — { $total }.
    [few] { $customers } клиента приносят убыток, всего { $loss }; прибыль от всех клиентов вместе — { $total }.
   *[other] { $customers } клиентов приносят убыток, всего { $loss }; прибыль от всех клиентов вместе — { $total }.
}
profit-lead-none = Ни один клиент не приносит убытка; прибыль от всех вместе — { $total }.
profit-unknown = Затраты неизвестны. Укажите в файле столбец затрат (себестоимость или стоимость обслуживания), и станет видно, кто обходится дороже, чем приносит.
profit-chart = Доля общей прибыли, начиная с самого прибыльного клиента
profit-share = Доля прибыли
profit-column = Прибыль на сегодня
distribution-title = Как распределена ценность
distribution-lead = Сколько клиентов приходится на каждый диапазон будущей ценности.
validation-title = Прогноз и действительность
validation-lead = Модели видели покупки до { $calibration } и предсказывали следующие (до { $holdout }). Лучшую из них или их сочетание затем подобрали по всем данным.
validation-none = Период данных слишком короток, чтобы отложить часть для проверки.
validation-candidates = Проверенные модели
validation-by_frequency = Покупки в проверочном периоде по числу прежних повторных покупок
validation-by_frequency-axis = Прежние повторные покупки
validation-tracking = Повторные покупки по неделям, нарастающим итогом
validation-week = Неделя
validation-holdout = проверочный период
validation-actual = Было
validation-predicted = Прогноз
validation-total = Траты всех клиентов в проверочном периоде
validation-coverage = В свои границы попали { $inside } клиентов (должно быть { $nominal }), выше них оказались { $above }.
validation-model = Модель
validation-mae = Средняя ошибка на клиента
validation-rmse = Среднеквадратичная ошибка
validation-difference = Разница
validation-likelihood = Логарифм правдоподобия
validation-weight = Вес
validation-chosen = используется
validation-failed = не подобрана
models-title = Модель и настройки
models-lead = Подобранные параметры в обозначениях литературы и их стандартные ошибки.
models-fitted = { $customers ->
    [one] Подобрано по { $customers } клиенту, логарифм правдоподобия { $likelihood }.
   *[other] Подобрано по { $customers } клиентам, логарифм правдоподобия { $likelihood }.
}
models-none = Ни одна модель не подобрана.
models-parameter = Параметр
models-estimate = Оценка
models-error = Стандартная ошибка
setting = Настройка
setting-value = Значение
setting-model = Модель прогноза
setting-horizon = Горизонт
setting-discount = Ставка дисконтирования в год
setting-margin = Маржа с выручки
setting-margin-costs = по затратам из файла
setting-uncertainty = Неопределённость
setting-uncertainty-laplace = приближение Лапласа
setting-uncertainty-nuts = полное апостериорное распределение (NUTS)
setting-uncertainty-none = не считалась
setting-timezone = Часовой пояс
setting-currency = Валюта
setting-currency-none = не указана
data-title = Данные и как они прочитаны
data-lead = Прочитано строк: { $read }, использовано: { $used }.
data-files = Файлы
data-role = Назначение
data-column = Столбец
data-format = Запись
data-found = Как найден
data-columns = Столбцы
data-problems = Неиспользованные строки
data-problems-none = Использованы все строки.
data-reason = Причина
data-rows = Строки
data-share = Доля всех строк
glossary-title = Термины и столбцы
glossary-terms = Термины
glossary-columns = Столбцы таблицы клиентов
glossary-term = Термин
glossary-name = Столбец
glossary-meaning = Значение
term-clv = CLV
term-clv-meaning = Пожизненная ценность клиента: маржа, которой можно ждать от него за горизонт прогноза; каждая будущая сумма приведена к сегодняшней стоимости.
term-alive = P(активен)
term-alive-meaning = Вероятность, что клиент не ушёл насовсем. В магазине никто не прощается, поэтому судят по молчанию, сравнивая его с привычкой самого клиента.
term-rfm = RFM
term-rfm-meaning = Давность, частота и сумма (recency, frequency, monetary), каждая оценена от 1 до 5 по пятым долям базы.
term-interval = Границы 90 %
term-interval-meaning = 5 % исходов лежат ниже нижней границы и 5 % выше верхней, с учётом случайности. Отдельного клиента предсказать трудно, поэтому его границы широки; границы всей базы узкие.
term-holdout = Проверка на отложенных данных
term-holdout-meaning = Последнюю часть данных скрывают от модели, и она должна её предсказать. Показанная ошибка — это ошибка настоящего прогноза.
term-gini = Коэффициент Джини
term-gini-meaning = 0, если все клиенты стоят одинаково; 1, если всё приходится на одного.

## Столбцы таблиц
table-customer = Клиент
table-segment = Сегмент
table-tier = Уровень
table-group = Группа
table-customers = Клиенты
table-share-customers = Доля клиентов
table-revenue = Выручка на сегодня
table-clv = CLV
table-clv-share = Доля CLV
table-clv-each = CLV на клиента
table-alive = P(активен)
table-purchases = Покупки
table-purchases-each = Покупок на клиента
table-since = Дней с последней
table-last = Последняя покупка
table-from = От
table-to = До
table-month = Месяц
table-range = Границы 90 %
table-what = Какие они
table-figure = Показатель

## What else is known of customers
covariates-title = Что ещё известно о клиентах
covariates-lead = Как покупают и уходят клиенты с разными признаками при прочих равных, по модели { $model }. Каждая строка сравнивается с первой в своём столбце.
covariates-lead-unused = Ни одна модель с этими столбцами не участвует в прогнозе: на отложенных данных она не была лучше моделей без них либо проверить это было не на чем.
covariates-matched = Клиенты, у которых есть строка в файле: { $matched } из { $customers }. Остальные считаются клиентами без значения.
covariates-rows = Неиспользованные строки файла: о клиентах без покупок { $other }, нечитаемые или без клиента { $unusable }.
covariates-without = Клиенты без значения: { $columns }. В текстовом столбце они составляют отдельную группу, если их достаточно; в числовом для них взята середина.
covariates-coarsened = Разделены на меньшее число значений, чтобы групп клиентов было немного: { $columns }.
covariates-column = Столбец
covariates-level = Значение
covariates-other = другие значения
covariates-missing = нет значения
covariates-first = с этим сравниваются остальные
covariates-buying = Покупает, во сколько раз чаще
covariates-leaving = Уходит, во сколько раз легче
covariates-words = Словами
covariates-buys-more = покупает на { $share } чаще
covariates-buys-less = покупает на { $share } реже
covariates-buys-same = нет ясной разницы в частоте покупок
covariates-leaves-more = уходит на { $share } легче
covariates-leaves-less = уходит на { $share } труднее
covariates-leaves-same = нет ясной разницы в том, как легко уходит
covariates-same = нет ясной разницы
covariates-join = { $buys }; { $leaves }
covariates-left_out = Неиспользованные столбцы
left_out-empty = нет значений
left_out-all_the_same = одинаков у всех клиентов
left_out-all_different = свой почти у каждого клиента
left_out-dates = содержит даты
left_out-too_many_columns = столько столбцов, сколько можно использовать, говорят, видимо, больше
left_out-too_many_groups = с ним групп клиентов слишком много
summary-covariates = Признаки клиентов
summary-covariates-left_out = не используются

## Сводка в терминале
summary-models = Прогноз: { $model }; проверка на новых покупках (клиентов: { $customers }): предсказано { $predicted }, было { $actual } ({ $error }).
summary-model-untested = Прогноз: { $model }, без проверки: период данных слишком короток.
summary-segments = Главные сегменты
summary-segment = клиентов: { $customers }, CLV { $clv } ({ $share })
summary-problems = Неиспользованные строки
summary-warnings = Предупреждения
summary-sure = Проверка

## Что сообщает идущая работа
step-look = Просмотр файлов
step-read = Чтение
step-choose = Сравнение моделей
step-fit = Подбор модели
step-score = Прогноз по каждому клиенту
step-write = Запись результатов
step-owners = Определение владельцев идентификаторов
step-orders = Подведение итогов по заказам
step-values = Сохранение значений
step-make = Создание клиентов
terminal-columns = Прочитанные столбцы

## Договоры: строки, столбцы, периоды
problem-no_end = Завершён, но без даты окончания
problem-end_before_start = Кончается раньше, чем начинается
problem-unreadable_status = Ни действует, ни завершён
problem-no_tenure = Срока нет, или он не число
role-start = Начало
role-end = Окончание
role-tenure = Срок
role-observed = Периодов наблюдения
role-churned = Действует или завершён
role-value = Ценность за период
periods = { $unit ->
    [week] { $count ->
        [one] { $count } неделя
        [few] { $count } недели
        [many] { $count } недель
       *[other] { $count } недели
    }
    [month] { $count ->
        [one] { $count } месяц
        [few] { $count } месяца
        [many] { $count } месяцев
       *[other] { $count } месяца
    }
    [year] { $count ->
        [one] { $count } год
        [few] { $count } года
        [many] { $count } лет
       *[other] { $count } года
    }
   *[period] { $count ->
        [one] { $count } период
        [few] { $count } периода
        [many] { $count } периодов
       *[other] { $count } периода
    }
}
period-name = { $unit ->
    [week] Неделя
    [month] Месяц
    [year] Год
   *[period] Период
}
period-days = { $count ->
    [one] { $count } день
    [few] { $count } дня
    [many] { $count } дней
   *[other] { $count } дня
}
contract-new = новый, до первого продления ещё не дошёл; продлевают { $share } таких договоров
contract-active = срок: { $tenure }; в следующий раз продлевают { $share } таких договоров
contract-ended = завершён; срок: { $tenure }
contract-column-customer_id = Клиент, как в файле
contract-column-start = Первый день договора; пусто, если в файле нет дат
contract-column-tenure_periods = Периодов от начала до окончания договора или наблюдения
contract-column-active = Действовал ли договор на конец наблюдения
contract-column-renewals = Продлений на сегодня
contract-column-p_renew_next = Вероятность следующего продления; 0 для завершённого договора
contract-column-expected_remaining_periods = Ожидаемых периодов за горизонт, без дисконтирования
contract-column-residual_value = Ожидаемая маржа за горизонт, дисконтированная; пусто, если нет столбца ценности
contract-column-reason = Почему, словами

## Договоры: предупреждения
retention-warning-no_holdout = Видно слишком мало периодов, чтобы отложить часть для проверки, и ничто не показывает, насколько точна кривая. Считайте прогноз первой оценкой.
retention-warning-poor_fit = В { $share } наблюдавшихся периодов кривая лежит вне границ того, что произошло. Прогноз тоже может быть неточен.
retention-warning-few_losses = { $contracts ->
    [one] Завершился только { $contracts } договор: этого мало, чтобы узнать, когда клиенты уходят.
    [few] Завершились только { $contracts } договора: этого мало, чтобы узнать, когда клиенты уходят.
   *[other] Завершились только { $contracts } договоров: этого мало, чтобы узнать, когда клиенты уходят.
}
retention-warning-extrapolated = { $seen ->
    [one] Горизонт более чем вдвое длиннее наибольшего виденного срока ({ $seen } период). Всё, что дальше, держится на одной модели.
    [few] Горизонт более чем вдвое длиннее наибольшего виденного срока ({ $seen } периода). Всё, что дальше, держится на одной модели.
   *[other] Горизонт более чем вдвое длиннее наибольшего виденного срока ({ $seen } периодов). Всё, что дальше, держится на одной модели.
}
retention-warning-no_values = В файлах не сказано, сколько приносит договор за период, поэтому есть сроки, но нет ценности. Укажите столбец ценности.
retention-warning-no_margin = Маржа не указана, поэтому ценность здесь означает выручку, а не прибыль.
retention-warning-as_of = Концом наблюдения считается последняя дата в файлах: { $date }. Если файлы сделаны позже, укажите дату анализа, иначе договоры выглядят моложе, чем есть.

## Договоры: отчёт
retention-title = Отчёт об удержании договоров
retention-undated = Сроки, как в файле
retention-dates = Договоры с { $from } по { $to }
kpi-residual = Остаточная ценность
kpi-residual-note = маржа действующих договоров, дисконтированная; горизонт: { $periods }
kpi-residual-note-revenue = выручка действующих договоров, дисконтированная; горизонт: { $periods }
kpi-residual-endless = без горизонта: { $value }
kpi-contracts = Договоры
kpi-contracts-note = из них завершены: { $ended }
kpi-contracts_active = Действующие договоры
kpi-contracts_active-note = { $share } от всех
kpi-churn = { $unit ->
    [week] Отток в неделю
    [month] Отток в месяц
    [year] Отток в год
   *[period] Отток за период
}
kpi-churn-note = от договоров, дошедших до продления
kpi-lifetime = Ожидаемый срок жизни
kpi-lifetime-note = нового договора; горизонт: { $periods }
kpi-revenue_period = { $unit ->
    [week] Выручка в неделю
    [month] Выручка в месяц
    [year] Выручка в год
   *[period] Выручка за период
}
kpi-revenue_period-note = всех действующих договоров
retention-sure-holdout = Выбранная кривая ({ $model }) построена без самых долгих сроков (отложено: { $periods }) и должна была их предсказать. Доля продлений отличалась в среднем на { $error }.
retention-sure-bounds = Границы кривых и долей учитывают неуверенность в них самих. Границы остаточной ценности учитывают и простую случайность: 5 % исходов лежат ниже, 5 % выше.
retention-sure-tenure = Договоры различаются здесь только сроком: у двух договоров одного срока одинаковые шансы на продление, чем бы они ни отличались.
survival-title = Как долго клиенты остаются
survival-lead = Из 100 новых договоров { $share } должны действовать спустя такой срок: { $periods }.
survival-chart = Доля договоров, которые ещё действуют
survival-seen = Наблюдалось (Каплан — Мейер)
survival-bounds = Границы 90 % для наблюдений
survival-projected = Прогноз ({ $model })
survival-beyond = ещё не наблюдалось
renewals-title = Кто продлевает
renewals-lead = Сколько из договоров, дошедших до конца периода, продлено, и границы этой доли.
renewals-chart = Доля продлённых по периодам срока
renewals-due = Дошли до продления
renewals-lost = Завершены
renewals-share = Продлены
renewals-projected = По кривой
tenure-title = Ценность по сроку
tenure-lead = Действующие договоры по числу завершённых периодов. Кто с вами давно, тот, скорее всего, останется.
tenure-renew = Продлят в следующий раз
tenure-remaining = Периодов впереди
tenure-residual = Остаточная ценность
tenure-share = Доля ценности
risk-title = Под угрозой и стоят звонка
risk-lead = Действующие договоры с наибольшей ожидаемой потерей при следующем продлении: вероятность ухода, умноженная на то, что принесло бы продление.
risk-lead-no_values = Действующие договоры, которые продлят с наименьшей вероятностью.
risk-none = Действующих договоров нет.
risk-value = Ценность за период
risk-stake = Ожидаемая потеря
curves-title = Какая кривая прогнозирует
curves-lead = Каждая кривая построена без самых долгих сроков (отложено: { $periods }) и должна была их предсказать. Взята та, что в сумме лучше всех объясняет короткие сроки и предсказывает долгие; при равенстве решает критерий Акаике.
curves-lead-none = Видно слишком мало периодов, чтобы отложить часть; кривая выбрана по критерию Акаике.
curves-holdout = Логарифм правдоподобия на отложенных
curves-error = Средняя ошибка удержания
curve-constant = все уходят с одной скоростью
curve-sbg = клиенты различны, у каждого своя скорость
curve-bdw = клиенты различны и меняются со сроком
setting-period = Период договора
setting-shape = Договоры заданы так
shape-dates = даты начала и окончания
shape-tenure = срок и состояние
shape-survival = прожитые периоды из наблюдавшихся
glossary-contract_columns = Столбцы таблицы договоров
term-survival = Дожитие
term-survival-meaning = Доля договоров, которые ещё действуют после стольких продлений. Действующие учитываются столько, сколько их наблюдали (Каплан — Мейер).
term-retention = Удержание
term-retention-meaning = Доля продлённых договоров среди дошедших до конца периода. Отток — остальные.
term-residual = Остаточная ценность
term-residual-meaning = Маржа, которую действующий договор должен принести начиная со следующего продления за весь горизонт; каждая более поздняя сумма дисконтирована к моменту этого продления.
table-share-contracts = Доля договоров
