# What stands behind the figures: sources, imports, runs, tables; and the first visit.

facts-title = Dane

## Words that many of these pages share
facts-name = Nazwa
facts-about = Dotyczy
facts-source = Źródło
facts-reason = Powód
facts-records = Rekordy
facts-record = Rekord
facts-when = Kiedy
facts-day = Dzień
facts-events = Zdarzenia
facts-customers = Klienci
facts-state = Stan
facts-stored = Zapisane
facts-refused = Odrzucone
facts-known-before = Znane wcześniej
facts-files = Pliki
facts-actions = Działania
facts-add = Dodaj
facts-copy = Kopiuj
facts-show = Pokaż
facts-show-all = Pokaż wszystkie
facts-more = Następna strona
facts-never = Nigdy
facts-as-table = Jako tabela
facts-kind-customers = Klienci
facts-kind-transactions = Transakcje
facts-kind-events = Zdarzenia
facts-kind-calls = Wywołania SDK

## Sources
facts-sources = Źródła
facts-sources-lead = Każdy sklep, aplikacja i kasa wysyła z własnym kluczem zapisu. Klucz pozwala wyłącznie wysyłać.
facts-sources-none = Nie ma jeszcze żadnego źródła. Dodaj je poniżej i podaj jego klucz zapisu w SDK.
facts-source-add = Dodaj źródło
facts-source-added = Dodano źródło; jego klucz zapisu jest na liście:
facts-source-close = Zamknij
facts-source-close-sure = Zamknąć to źródło na stałe? To, co wyśle, będzie odrzucane; to, co już przysłało, zostanie.
facts-source-taken = Źródło o tej nazwie już jest albo było. Wybierz inną.
facts-source-name-fault = Nazwa ma od 1 do 100 znaków.
facts-write-key = Klucz zapisu
facts-last-event = Ostatnio odebrano
facts-nothing-lately = nic od dwóch tygodni
facts-events-two-weeks = Przez dwa tygodnie
facts-events-a-day = Odebrane dziennie

## Rejected records
facts-rejected = Odrzucone
facts-rejected-none = Nic nie zostało odrzucone
facts-rejected-none-lead = To, czego nie można przyjąć, trafia tu z powodem, aby spróbować ponownie.
facts-rejected-why = Dlaczego
facts-rejected-lead = Wybierz powód, aby zobaczyć rekordy. Są przechowywane 90 dni.
facts-rejected-records = Odrzucone rekordy
facts-record-hidden = widoczny dla osób z dostępem do danych osobowych
facts-refused-in-file = { $reason }, wiersz { $line } pliku { $file }
facts-replay = Spróbuj ponownie
facts-replay-all = Spróbuj ponownie (do 1000)
facts-replayed = Przyjęte: { $taken }. Ponownie odrzucone: { $refused }.

## Imports and syncs
facts-intake = Importy i synchronizacje
facts-syncs = Synchronizacje
facts-syncs-lead = Synchronizacja czyta na bieżąco tabelę innej bazy albo pliki z magazynu. Zapisuje się ją w pliku ustawień cvm.toml:
facts-syncs-none = Nie ma jeszcze żadnej. Dodaj taką tabelę i uruchom serwer ponownie:
facts-last-run = Ostatnie uruchomienie
facts-run-now = Uruchom teraz
facts-imports = Importy
facts-imports-lead = Pliki, które zapisano. Przerwany import rusza od miejsca, w którym stanął.
facts-imports-none = Nie zaimportowano jeszcze żadnego pliku. Na serwerze robi to polecenie:
facts-began = Początek
facts-finished = Zakończony
facts-unfinished = Niezakończony

## Runs
facts-runs = Obliczenia wartości
facts-runs-lead = Każde obliczenie wyznacza wartość każdego klienta od nowa. Pokazywane jest pierwsze z listy.
facts-runs-none = Nic jeszcze nie obliczono. Można to zrobić, gdy tylko pojawią się zamówienia.
facts-runs-quality = Różnica: zakupy przewidziane wobec dokonanych, na danych, których model nie widział. Granice: udział klientów, których wydatki mieściły się w 90-procentowych granicach.
facts-run-as-of = Stan na
facts-run-ended = Obliczono
facts-run-day = Stan na dzień (puste: dziś)
facts-run-day-fault = Wybierz dzień nie późniejszy niż dziś.
facts-run-start = Oblicz teraz
facts-by-schedule = według harmonogramu
facts-by-command = z wiersza poleceń
facts-by-user = na życzenie użytkownika
facts-model = Model
facts-missed = Różnica
facts-covered = W granicach
facts-report = Raport
facts-report-open = Otwórz

## Tables of the lake, and SQL
facts-tables = Tabele
facts-tables-lead = To, co serwer przechowuje, jako tabele Delta, które czyta każde narzędzie.
facts-table-messages = Wszystko, co przyszło
facts-table-order_lines = Co zdarzenia mówią o zamówieniach, pozycja po pozycji
facts-table-transactions = Co zostało z każdego zamówienia po zwrotach
facts-table-owners = Czyj jest każdy identyfikator, od kiedy i do kiedy
facts-table-customer_values = Ile każdy był wart w każdym obliczeniu
facts-table-people = Co wiadomo o każdym, dla segmentów; SQL o nią nie pyta
facts-table-rows = { $rows ->
        [one] { $rows } wiersz
        [few] { $rows } wiersze
        [many] { $rows } wierszy
       *[other] { $rows } wiersza
    }
facts-table-files = { $files ->
        [one] { $files } plik
        [few] { $files } pliki
        [many] { $files } plików
       *[other] { $files } pliku
    }
facts-table-look = Zajrzyj
facts-columns = Kolumny
facts-column = Kolumna
facts-type = Typ
facts-meaning = Znaczenie
facts-sql = SQL
facts-sql-title = Zapytaj w SQL
facts-sql-lead = Jedno zapytanie, które tylko czyta. Kto o co pytał, zostaje w dzienniku.
facts-sql-statement = Zapytanie
facts-sql-ask = Zapytaj
facts-sql-answer = Odpowiedź
facts-sql-limits = Do { $rows } wierszy i { $seconds } sekund.
facts-sql-cut = Wierszy jest więcej, niż pokazano. Plik CSV ma ich do 100 000.
facts-sql-empty = Żaden wiersz nie pasuje.
facts-sql-examples = Przykłady
facts-sql-example-months = Przychód według miesięcy
facts-sql-example-tiers = Wartość według poziomów
facts-sql-example-funnel = Osoby według kroków
facts-sql-example-events = Zdarzenia według nazwy

## The first visit
facts-start-title = Witamy
facts-start-lead = Za kilka minut zobaczysz, ile są warci Twoi klienci. Wybierz, od czego zacząć.
facts-start-known = Dane już tu są.
facts-start-sample = Rozejrzyj się w przykładowej firmie
facts-start-sample-lead = 5000 zmyślonych klientów z dwoma latami zakupów, wizyt, wiadomości i reklamacji. Potrwa to minutę lub dwie.
facts-start-sample-load = Wczytaj przykładową firmę
facts-start-loading = Wczytywanie przykładowej firmy
facts-start-failed = Nie udało się wczytać przykładowej firmy:
facts-start-connect = Podłącz sklep lub aplikację
facts-start-connect-lead = Skieruj tu SDK Segmentu lub RudderStacka; nic więcej w kodzie się nie zmienia.
facts-start-ask-key = Klucz zapisu poda administrator.
facts-start-files = Wczytaj pliki albo czytaj bazę danych
facts-start-files-lead = Pliki dowolnej wielkości zapisuje polecenie na serwerze:
facts-upload-title = Plik
facts-upload-lead = CSV, NDJSON lub Parquet, także spakowane, do 256 MiB. Zanim cokolwiek zapiszemy, zobaczysz, co zostało rozpoznane.
facts-upload-about = Wiersze dotyczą
facts-upload-file = Plik
facts-upload-bring = Sprawdź plik
facts-upload-none = Najpierw wybierz plik.
facts-upload-recognised = Co zostało rozpoznane
facts-upload-recognised-lead = Popraw to, co rozpoznano błędnie. Nic jeszcze nie zapisano.
facts-upload-dates = Zapis dat
facts-upload-decimal = Zapis liczb
facts-upload-by-looking = rozpoznany
facts-upload-store = Zapisz wiersze
facts-upload-look-again = Sprawdź ponownie
facts-upload-storing = Zapisywanie wierszy
facts-upload-done = Plik odczytano do końca.
facts-upload-another = Następny plik
facts-role-phone = Telefon
facts-role-card = Karta lojalnościowa
facts-role-event = Zdarzenie
facts-start-intake = Zobacz importy i synchronizacje
facts-start-values = Potem zobacz, ile kto jest wart
facts-start-values-lead = Wartości są obliczane co noc; można je obliczyć od razu, gdy są zamówienia.
facts-step-waiting = Czeka na swoją kolej
facts-step-company = Tworzenie firmy
facts-step-customers = Zapisywanie klientów
facts-step-purchases = Zapisywanie zakupów
facts-step-visits = Zapisywanie wizyt
facts-step-messages = Zapisywanie wiadomości
facts-step-service = Zapisywanie reklamacji i odpowiedzi
facts-step-arriving = Ustalanie, kto jest kim
facts-step-values = Obliczanie wartości klientów, na dziś i na wcześniejsze miesiące

## Co mówią kolumny tabel
message-column-message_id = Identyfikator wiadomości nadany przez nadawcę; niepowtarzalny w obrębie źródła
message-column-source = Źródło, które ją wysłało
message-column-type = Rodzaj wiadomości: identify, track, page, screen, group lub alias
message-column-name = Zdarzenie, strona lub ekran
message-column-funnel_step = Jak blisko zakupu, według specyfikacji e-commerce, na przykład product_added
message-column-user_id = Identyfikator znanej osoby u nadawcy
message-column-anonymous_id = Identyfikator urządzenia u nadawcy
message-column-group_id = Grupa, do której dołączono
message-column-previous_id = Identyfikator, który jest inną nazwą user_id
message-column-timestamp = Kiedy to się stało, po korekcie zegara nadawcy
message-column-received_at = Kiedy odebrano
message-column-traits = Cechy, obiekt JSON
message-column-properties = Właściwości, obiekt JSON
message-column-context = Okoliczności, obiekt JSON
message-column-batch = Partia skrzynki, w której przyszła
order-column-message_id = Wiadomość, która o tym mówi
order-column-user_id = Identyfikator znanej osoby u nadawcy
order-column-anonymous_id = Identyfikator urządzenia u nadawcy
order-column-step = Krok: completed, updated, refunded lub cancelled
order-column-takes_all_back = Czy cofa się wszystko, co zostało z zamówienia
order-column-received_at = Kiedy odebrano
order-column-batch = Partia skrzynki, w której przyszło
buyer-column-customer_id = Kto kupił
line-column-order_id = Numer zamówienia u sprzedawcy
line-column-timestamp = Kiedy kupiono albo zwrócono
line-column-line = Pozycja w zamówieniu, od 1
line-column-product = Identyfikator produktu, a gdy go nie ma, SKU albo nazwa
line-column-category = Kategoria produktu
line-column-quantity = Ile sztuk; ujemne przy zwrocie
line-column-amount = Ile płaci klient, bez podatku i dostawy; ujemne przy zwrocie
line-column-discount = O ile cena razy ilość jest większa od kwoty
line-column-cost = Ile pozycja kosztowała sprzedawcę; puste, gdy nikt nie podał
line-column-currency = Waluta według ISO 4217
line-column-coupon = Użyty kupon
line-column-source = Źródło, które o tym powiedziało
owner-column-identifier = Identyfikator w postaci user_id:.. lub anonymous_id:..
owner-column-customer_id = Czyj jest
owner-column-since = Wiadomości od tego czasu; puste: od początku
owner-column-until = Wiadomości sprzed tego czasu; puste: do końca
run-column-run = Przebieg obliczeń
run-column-as_of = Ostatni dzień, który uwzględniono
person-column-first_seen_at = Kiedy klienta widziano po raz pierwszy
person-column-last_seen_at = Kiedy klienta widziano ostatnio
person-column-attributes = Co wiadomo o kliencie, obiekt JSON; attribute(attributes, 'city') odczytuje jedną cechę

## Próba synchronizacji
trial-title = Próba synchronizacji
trial-try = Wypróbuj
trial-again = Spróbuj ponownie
trial-works = Źródło odpowiada, a jego wiersze dają się odczytać.
trial-fails = Źródła nie można odczytać.
trial-lead = Próba niczego nie zapisuje. Błędy poprawia się w pliku konfiguracji, pod nazwą synchronizacji.
trial-becomes = Staje się
trial-example = Na przykład
trial-not_read = pomijana
trial-rows = Pierwsze wiersze
trial-no_rows = Nie ma jeszcze dość starych wierszy.
trial-would_store = zostałby zapisany
trial-hidden = Nie masz dostępu do danych osób, więc wartości nie są pokazane.
