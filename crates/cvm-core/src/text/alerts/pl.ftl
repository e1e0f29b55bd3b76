# Cele i alerty.

page-alerts = Cele i alerty
alerts-lead = Obserwuj dowolny wskaźnik z przeglądu. Każdy jest sprawdzany co rano i po każdym obliczeniu wartości.
alerts-new = Nowy cel lub alert
alerts-none = Niczego jeszcze nie obserwujesz
alerts-none-lead = Ustaw cel przychodu albo poproś o wiadomość, gdy wraca mniej klientów niż zwykle.
alerts-what = Co jest obserwowane
alerts-now = Teraz
alerts-value = Wartość
alerts-state = Stan
alerts-day = Do dnia
alerts-tells = Powiadamia
alerts-check-now = Sprawdź teraz
alerts-checking = Wskaźniki są sprawdzane; odśwież stronę za chwilę.
alerts-happened = Co się wydarzyło
alerts-happened-none = Na razie nic.
alerts-figure = Wskaźnik
alerts-kind = Czego pilnować
alerts-kind-target = osiągnięcia celu
alerts-kind-above = przekroczenia wartości
alerts-kind-below = spadku poniżej wartości
alerts-kind-unusual = nietypowej zmiany
alerts-threshold = Cel lub granica
alerts-threshold-hint = Kwoty w { $currency }, udziały w procentach. Przy nietypowej zmianie pole zostaje puste.
alerts-days = Liczone z
alerts-days-choice = { $days ->
    [1] jednego dnia
   *[other] { $days } dni
}
alerts-emails = E-mail
alerts-emails-hint = Adresy rozdzielone przecinkami; puste: nikt.
alerts-no-mail = E-maile nie są jeszcze wysyłane: w ustawieniach nie ma serwera.
alerts-webhook = Webhook
alerts-webhook-none = brak
alerts-edit = Zmiana
alerts-remove = Usuń
alerts-remove-sure = Usunąć to razem z historią?
alerts-fault-emails = Wpisz najwyżej dziesięć adresów e-mail, rozdzielonych przecinkami.
alerts-fault-days = Nietypową zmianę widać najwyżej na 90 dniach.
alerts-state-new = jeszcze nie sprawdzono
alerts-state-unknown = za mało danych
alerts-state-quiet = bez alertu
alerts-state-raised = alert
alerts-state-met = osiągnięty
alerts-state-missed = nieosiągnięty
alerts-period = { $days ->
    [1] ostatni dzień
   *[other] ostatnie { $days } dni
}
alerts-says-at_least = { $figure }, { $period }: co najmniej { $value }
alerts-says-at_most = { $figure }, { $period }: najwyżej { $value }
alerts-says-above = { $figure }, { $period }: ponad { $value }
alerts-says-below = { $figure }, { $period }: poniżej { $value }
alerts-says-unusual = { $figure }, { $period }: nietypowa zmiana
alerts-usual = zwykle od { $low } do { $high }
alerts-usual-bounds = Zwykły zakres
alerts-usual-how = Zwykłe jest to, co leży blisko mediany ośmiu wcześniejszych okresów tej samej długości; pojedynczy dzień porównujemy z tym samym dniem tygodnia.
alerts-history = Dzień po dniu
alerts-history-none = Pierwsze sprawdzenie nastąpi za chwilę.
alerts-set = Cel lub alert: { $figure }
alerts-target = Cel
alerts-tile-met = Cel { $value } osiągnięty
alerts-tile-missed = Cel { $value } nieosiągnięty
alerts-tile-raised = Alert: { $what }
alerts-mail-raised = Alert: { $what }
alerts-mail-met = Cel osiągnięty: { $what }
alerts-mail-missed = Cel już nieosiągnięty: { $what }
alerts-mail-now = Teraz { $value }, do dnia { $day }.
alerts-mail-open = Zobacz więcej
