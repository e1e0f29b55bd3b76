# Users, keys, the company, and what those who look after the installation see.

settings-title = Ustawienia

## Users
settings-users = Użytkownicy
settings-role = Rola
settings-user-add = Dodaj osobę
settings-user-add-lead = Hasło zostanie utworzone i pokazane raz: przekaż je i poproś o zmianę.
settings-user-taken = Ktoś ma już ten adres e-mail.
settings-user-fault = Podaj adres e-mail oraz nazwę, od 1 do 100 znaków.
settings-last-admin = Nie zostałby żaden administrator. Najpierw nadaj tę rolę komuś innemu.
settings-disable = Zablokuj
settings-enable = Odblokuj
settings-disabled = nie może się zalogować
settings-password-reset = Nowe hasło
settings-password-sure = Utworzyć nowe hasło? Stare przestanie działać, a sesje się skończą.
settings-password-made = Hasło
settings-shown-once = Pokazujemy to tylko raz. Skopiuj teraz.

## Keys
settings-keys = Klucze API
settings-keys-lead = Program korzysta z API z kluczem: Authorization: Bearer KEY.
settings-keys-none = Nie ma jeszcze żadnego klucza.
settings-api-docs = API do czytania i wypróbowania
settings-key-add = Utwórz klucz
settings-key-make = Utwórz klucz
settings-key-made = Klucz
settings-key-fault = Nadaj kluczowi nazwę, wybierz, co może robić, i koniec w przyszłości.
settings-key-expires = Ważny do tego dnia (puste: zawsze)
settings-key-revoke = Unieważnij
settings-key-sure = Unieważnić ten klucz na stałe?
settings-scopes = Może
settings-scope-customers-read = Widzieć klientów i ich wartość
settings-scope-personal-read = Widzieć nazwiska i adresy
settings-scope-customers-write = Zmieniać klientów
settings-scope-customers-erase = Usuwać osoby
settings-scope-import = Importować dane
settings-scope-query = Pytać w SQL
settings-scope-score = Obliczać wartości
settings-scope-sources-manage = Zarządzać źródłami
settings-scope-audit-read = Czytać dziennik
settings-scope-metrics-read = Czytać metryki serwera
settings-made-at = Utworzony
settings-ends = Koniec
settings-ended = wygasł

## Audit
settings-audit = Dziennik zmian
settings-audit-none = Nic nie pasuje.
settings-who = Kto
settings-what = Co
settings-subject = Czego dotyczy
settings-details = Szczegóły
settings-since = Od
settings-until = Do
settings-filter = Filtruj
settings-everybody = Wszyscy
settings-everything = Wszystko
settings-actor-system = serwer
settings-actor-nobody = ktoś niezalogowany

## Jobs
settings-jobs = Zadania
settings-jobs-lead = Praca w tle: wartości, synchronizacje, zapominanie, porządki. Nieudane zadanie jest ponawiane z coraz dłuższymi przerwami.
settings-jobs-none = Żadne zadanie nie pasuje.
settings-due = Termin
settings-job-ended = Zakończone
settings-job-waiting = Czeka
settings-job-running = W toku
settings-job-done = Gotowe
settings-job-failed = Nieudane
settings-job-cancelled = Anulowane
settings-job-cancel = Anuluj

## The company
settings-company = Firma
settings-company-name = Nazwa
settings-company-name-hint = Widoczna u góry każdej strony.
settings-name-fault = Nazwa ma najwyżej 100 znaków.
settings-accent = Kolor
settings-accent-teal = Morski
settings-accent-blue = Niebieski
settings-accent-violet = Fioletowy
settings-accent-green = Zielony
settings-accent-rose = Różowy
settings-file = Z pliku ustawień
settings-file-lead = Zmienia je osoba prowadząca serwer, w pliku
settings-setting = Ustawienie
settings-value = Wartość
settings-currency = Waluta
settings-timezone = Strefa czasowa
settings-schedule = Kiedy są obliczane wartości (cron)
settings-horizon = Na jak długo naprzód liczone są wartości
settings-margin = Marża od przychodu
settings-keep-customers = Klienci są przechowywani
settings-keep-messages = Wiadomości są przechowywane
settings-for-ever = bez ograniczeń
settings-days = { $days ->
        [one] { $days } dzień
        [few] { $days } dni
        [many] { $days } dni
       *[other] { $days } dnia
    }

## How pages write for somebody
settings-calendar = Kalendarz
settings-calendar-usual = Właściwy dla języka
settings-calendar-gregorian = Gregoriański
settings-digits = Cyfry
settings-digits-usual = Właściwe dla języka
settings-digits-latin = Od 0 do 9
settings-scope-segments-read = Przeglądać segmenty i ich członków
settings-scope-segments-write = Tworzyć i zmieniać segmenty
settings-scope-campaigns-read = Przeglądanie kampanii i ich wyników
settings-scope-campaigns-edit = Tworzenie i zmienianie kampanii
settings-scope-campaigns-approve = Zatwierdzanie kampanii i zmienianie zasad kontaktu
settings-scope-offers-read = Przeglądać oferty i ich wyniki
settings-scope-offers-write = Tworzyć i zmieniać oferty
settings-scope-decisions-make = Pytać, co jest najlepsze dla klienta, i mówić, co z tego wyszło
settings-scope-messages-deliver = Pokazywanie, przekazywanie i drukowanie wiadomości oraz zgłaszanie, co się z nimi stało
settings-scope-alerts-edit = Ustawiać cele i alerty

## Webhooki
settings-webhooks = Webhooki
settings-webhooks-lead = Inne systemy dostają podpisane wiadomości, gdy pojawi się alert albo cel zostanie osiągnięty.
settings-webhooks-none = Nie ma jeszcze żadnego adresu.
settings-webhook-add = Dodaj adres
settings-webhook-made = Sekret adresu
settings-webhook-url = Adres
settings-webhook-url-hint = Szyfrowany i w publicznym internecie.
settings-webhook-fault = Podaj nazwę, od 1 do 100 znaków, i szyfrowany adres w publicznym internecie.
settings-webhook-off = wyłączony
settings-webhook-gone = wyłączony: odpowiedział, że już go nie ma
settings-webhook-sure = Usunąć ten adres razem z tym, co do niego wysłano?
settings-webhook-remove = Usuń
settings-deliveries = Co wysłano
settings-deliveries-none = Nic w ostatnich 30 dniach.
settings-delivery-arrived = dotarła
settings-delivery-waiting = czeka na kolejną próbę
settings-delivery-failed = zaniechano
settings-delivery-tries = Próby
settings-delivery-answer = Odpowiedź
settings-delivery-again = Wyślij ponownie

## Zadania: rodzaje i etapy
job-score = Wartość wszystkich klientów
job-segments = Segmenty wszystkich klientów
job-conversions = Szukanie konwersji
job-outcomes = Uczenie się na wynikach
job-recommendations = Uczenie rekomendacji
job-campaign = Wybór klientów kampanii
job-results = Wyniki
job-uplift = Na kogo działa kampania
job-plan = Plan
job-sync = Synchronizacja
job-forget = Zapominanie klientów
job-tidy = Porządki
job-tidy_lake = Porządki w jeziorze danych
job-expire = Usuwanie tego, co przechowano dość długo
job-sample = Przykładowa firma
job-upload = Import pliku
job-webhook = Webhook
job-alerts = Alerty
job-alert_mail = E-mail alertu
job-waits = czeka na swoją kolej
job-at = { $stage }: { $far }
stage-values = Odczyt wartości
stage-acquisition = Przegląd pozyskanych klientów
stage-choices = Wyznaczanie możliwości
stage-writing = Zapisywanie wyników
stage-attributes = Przekazywanie do profili
stage-lake = Przegląd jeziora danych
stage-customers = Przegląd klientów
stage-wiping = Czyszczenie dysku
stage-persons = Przejmowanie osób
stage-rules = Sprawdzanie reguł
stage-members = Zapis wejść i wyjść
stage-overlaps = Liczenie części wspólnych
stage-reading = Czytanie wierszy
stage-company = Tworzenie firmy
stage-arriving = Przyjmowanie tego, co nadeszło
stage-purchases = Zakupy
stage-visits = Wizyty
stage-messages = Wiadomości
stage-service = Reklamacje, ankiety i koszty
stage-results = Obliczanie wyników
stage-learning = Uczenie
stage-products = Odczyt produktów
stage-alerts = Sprawdzanie wskaźników
