# Lista klientów i strona jednego klienta.

## Lista
page-customers = Klienci
customers-name = Klient
customers-tier = Poziom
customers-clv = Wartość życiowa
customers-alive = Nadal klientem
customers-alive_percent = Nadal klientem, %
customers-revenue = Przychód
customers-profit = Zysk
customers-purchases = Zakupy
customers-last = Ostatni zakup
customers-in_segment = W segmencie
customers-first = Pierwszy zakup
customers-segment = Segment RFM
customers-why = Dlaczego
customers-count = { $count ->
    [0] Brak klientów
    [one] { $count } klient
    [few] { $count } klientów
   *[other] { $count } klientów
}
customers-range = { $from }–{ $to } z { $count }
customers-pages = Strony listy
customers-previous = Poprzednie
customers-next = Następne
customers-all_found = Pokaż wszystkich
customers-views = Zapisane widoki
customers-save_view = Zapisz widok
customers-view_name = Nazwa widoku
customers-view_shared = Pokaż wszystkim
customers-view_for_all = wspólny
customers-view_remove = Usuń ten widok
customers-filters = Filtry
customers-from = od
customers-to = do
customers-place = Miejsce
customers-country = Kraj
customers-city = Miasto
customers-attribute = Cecha
customers-value = Wartość
customers-contact = Kontakt
customers-consent = Udzielona zgoda
customers-any_consent = Dowolna zgoda
customers-everybody = Wszyscy
customers-contactable = Można się kontaktować
customers-suppressed = Nie kontaktować się
customers-apply = Zastosuj
customers-clear = Wyczyść filtry
customers-remove_filter = (usuń ten filtr)
customers-wrong_day = Wpisz datę.
customers-wrong_pair = Wybierz cechę i wpisz jej wartość.
customers-visitor = Gość, o którym wiadomo tylko tyle
customers-nobody = Nikogo nie znaleziono
customers-nobody-lead = Wpisz mniej liter, spróbuj innej pisowni albo usuń część filtrów.
customers-nobody-without_names = Twoja rola nie widzi nazwisk, więc szukać można tylko po całym identyfikatorze.
customers-none_yet = Nie ma jeszcze klientów
customers-none_yet-lead = Zaimportuj plik z klientami lub zamówieniami albo podłącz sklep przez SDK. Każdy, o kim wiadomo, od razu pojawi się tutaj.
customers-no_values = Wartości pojawią się po pierwszym przeliczeniu.
customers-preparing = Lista jest przygotowywana
customers-preparing-lead = Po starcie serwera trwa to kilka sekund. Strona sama przejdzie dalej.
customers-filling = Wcześniejsi klienci są jeszcze dopisywani do listy. Rośnie ona w trakcie oglądania.
customers-erased = Dane osoby zostały usunięte.

## Jeden klient
customer-back = Do klienta
customer-since = Znany od
customer-seen = Ostatnio widziany
customer-export = Eksportuj wszystko
customer-print = Drukuj
customer-glance = W skrócie
customer-glance-suppressed = Nie kontaktować się
customer-glance-trouble = { $count ->
    [0] Kłopot dzisiaj: najpierw zapytaj
    [one] Kłopot { $count } dzień temu: najpierw zapytaj
    [few] Kłopot { $count } dni temu: najpierw zapytaj
   *[other] Kłopot { $count } dni temu: najpierw zapytaj
}
customer-glance-leaving = Cenny i prawdopodobnie odchodzi
customer-glance-valuable = Jeden z najcenniejszych
customer-glance-unprofitable = Kosztował więcej, niż przyniósł
customer-glance-birthday = Dziś ma urodziny
customer-glance-birthday_soon = { $count ->
    [one] Jutro ma urodziny
    [few] Urodziny za { $count } dni
   *[other] Urodziny za { $count } dni
}
customer-glance-no_orders = Jeszcze nic nie kupił
customer-worth = Ile jest wart
customer-bounds = 90% między { $low } a { $high }
customer-scores = Oceny świeżości, częstości i wydatków, od 1 do 5
customer-next = Następny zakup według zwyczaju
customer-next-around = około { $date }
customer-next-was = spodziewany był { $date }
customer-expected = Oczekiwane zakupy
customer-computed = Obliczono
customer-no_value = Nie ma jeszcze wartości
customer-no_value-lead = Zostanie obliczona przy następnym przeliczeniu po pierwszym zakupie.
customer-show = Pokaż
customer-orders = Zamówienia
customer-order = zamówienie
customer-orders-none = Brak zamówień według ostatniego przeliczenia.
customer-orders-as_of = Stan z ostatniego przeliczenia; nowsze zamówienia są na osi czasu.
customer-orders-cut = Jest ich więcej; to są najnowsze.
customer-top_category = Najwięcej wydaje na
customer-product = Produkt
customer-category = Kategoria
customer-quantity = Ilość
customer-discount = Rabat
customer-amount = Kwota
customer-lake-away = Nie można tego teraz pokazać. Spróbuj za chwilę.
customer-history = Wartość w czasie
customer-history-none = Nie ma jeszcze czego porównać: każde przeliczenie dodaje punkt.
customer-history-bounds = granice 90%
customer-history-picture = Wartość życiowa w kolejnych przeliczeniach, z granicami
customer-day = Dzień
customer-timeline = Oś czasu
customer-events-all = Wszystko
customer-events-orders = Zamówienia
customer-events-events = Zdarzenia
customer-events-pages = Strony
customer-events-profile = Profil
customer-events-none = Niczego takiego nie ma.
customer-events-older = Starsze
customer-event-identify = Zmieniono profil
customer-event-page = Obejrzano stronę
customer-event-screen = Obejrzano ekran
customer-event-group = Dołączył do grupy
customer-event-alias = Znany pod innym identyfikatorem
customer-event-track = Zdarzenie
customer-notes = Notatki
customer-notes-none = Niczego jeszcze nie zapisano.
customer-notes-closed = Notatki mogą zawierać nazwiska, więc Twoja rola ich nie widzi.
customer-note-new = Nowa notatka
customer-note-add = Dodaj notatkę
customer-note-remove = Usuń tę notatkę
customer-note-length = Wpisz coś, najwyżej { $most } znaków.
customer-consents = Zgody
customer-consents-none = Na nic jeszcze nie wyrażono zgody ani sprzeciwu.
customer-consent-new = Zapisz zgodę
customer-consent-wrong = Podaj cel, najwyżej 100 znaków.
customer-purpose = Cel
customer-channel = Kanał
customer-channel-any = dowolny
customer-state = Stan
customer-told = Od
customer-granted = udzielona
customer-denied = odmowa
customer-withdraw = Wycofaj
customer-give = Udziel
customer-suppress = Nie kontaktować się
customer-unsuppress = Zezwól znów na kontakt
customer-reason = Powód
customer-known = Co wiadomo
customer-id = Identyfikator
customer-copy = Kopiuj
customer-identifiers = Znany jako
customer-id-user_id = Identyfikator użytkownika
customer-id-email = E-mail
customer-id-phone = Telefon
customer-id-loyalty_card = Karta lojalnościowa
customer-id-anonymous_id = Przeglądarka
customer-id-device = Urządzenie
customer-id-merge = Połączono ręcznie
customer-blocked = używany przez zbyt wielu, nikogo nie wskazuje
customer-refused = wspólny z inną osobą
customer-merges = Połączono z
customer-unmerge = Rozdziel
customer-unmerge-sure = Rozdzielić tych dwoje na stałe? Żadna wiadomość już ich nie połączy.
customer-erase = Usuń dane tej osoby
customer-erase-lead = Usuwa wszystko, co o niej wiadomo: tutaj, w jeziorze danych i w odtwarzanych kopiach zapasowych. Nie można tego cofnąć.
customer-erase-suppress = Odrzucaj w przyszłości wszystko, co jej dotyczy
customer-erase-sure = Wiem, że nie można tego cofnąć
customer-erase-unsure = Zaznacz pole, aby potwierdzić.
