campaigns-unsubscribe = Wypisz mnie
campaigns-unsubscribe-text = Nie będziesz już dostawać takich wiadomości tą drogą.
campaigns-unsubscribed = Wypisano
campaigns-unsubscribed-text = Nie wyślemy już takich wiadomości. To, co jest w drodze, może jeszcze dotrzeć.
campaigns-title = Kampanie
campaigns-lead = Komu co powiedzieć, jaką drogą i w porównaniu z milczeniem.
campaigns-new = Nowa kampania
campaigns-change = Zmień
campaigns-none = Nie ma jeszcze kampanii
campaigns-none-text = Wybierz segment, napisz wiadomość i zostaw część klientów z boku, aby zobaczyć, co to daje.
campaigns-name = Nazwa
campaigns-description = Po co jest
campaigns-state = Stan
campaigns-channel = Kanał
campaigns-audience = Odbiorcy
campaigns-but = Z wyjątkiem
campaigns-everybody = Wszyscy
campaigns-told = Powiadomieni
campaigns-opened = Otworzyli
campaigns-clicked = Kliknęli
campaigns-unsubscribed_tile = Wypisali się
campaigns-bounced = Wróciły
campaigns-cost = Koszt kontaktu
campaigns-when = Kiedy
campaigns-numbers = W liczbach
campaigns-plan = Plan
campaigns-timing = Kiedy
campaigns-timing-now = Zaraz po zatwierdzeniu
campaigns-timing-at = Raz, o określonym czasie
campaigns-timing-at-when = Dzień i godzina
campaigns-timing-every = Cyklicznie
campaigns-timing-every-when = Minuta, godzina, dzień, miesiąc, dzień tygodnia
campaigns-timing-every-hint = Jak w cron: „0 9 * * 1” to poniedziałek o dziewiątej.
campaigns-per_minute = Najwyżej tyle na minutę (puste: bez ograniczenia)
campaigns-result_days = Dni, w których zakupy liczą się do wyniku
campaigns-control = Grupa kontrolna
campaigns-control_percent = Grupa kontrolna, procent odbiorców
campaigns-control-hint = Nie dostają nic; bez nich nikt nie wie, co dała kampania.
campaigns-service = Wiadomość serwisowa
campaigns-service-hint = Klienci na to czekają (wiadomość serwisowa): bez zgód, limitów, ciszy nocnej i grupy kontrolnej.
campaigns-audience-hint = Wszyscy, gdy nic nie wybrano. Przytrzymaj Ctrl, aby wybrać kilka.
campaigns-yes = Tak
campaigns-next = Następny raz
campaigns-started = Rozpoczęta
campaigns-ended = Zakończona
campaigns-start = Uruchom
campaigns-submit = Poproś o zatwierdzenie
campaigns-approve = Zatwierdź i uruchom
campaigns-pause = Wstrzymaj
campaigns-resume = Wznów
campaigns-stop = Zatrzymaj
campaigns-stop-question = Zatrzymać na dobre? Kto jeszcze nie dostał wiadomości, już jej nie dostanie.
campaigns-delete = Usuń
campaigns-delete-question = Usunąć tę kampanię?
campaigns-messages = Wiadomości
campaigns-members = Kto jest z kim porównywany
campaigns-members-lead = Ludzi przydzielono losowo do grup i tam pozostają.
campaigns-side = Grupa
campaigns-customers = Klienci
campaigns-share = Udział
campaigns-what = Co się z nimi stało
campaigns-number = Liczba
campaigns-machines = Otwarte tylko przez programy
campaigns-left_out = Pominięci
campaigns-content = Treść
campaigns-content-hint = Teksty są w Liquid: {"{{ customer.first_name }}"}, {"{{ values.value_tier }}"}, {"{{ unsubscribe_url }}"}. Każdy dostaje swój język albo pierwszy, który jest.
campaigns-example = Tak, jak dostałaby to wymyślona osoba.
campaigns-as_text = Jako tekst
campaigns-variant = Wariant
campaigns-variant-name = Nazwa
campaigns-variant-add = Dodaj wariant
campaigns-variant-remove = Usuń wariant
campaigns-weight = Waga
campaigns-subject = Temat lub tytuł
campaigns-text = Tekst
campaigns-html = Strona (HTML)
campaigns-save = Zapisz
campaigns-faults = Czegoś brakuje lub coś jest nie tak; zaznaczono poniżej.
campaigns-fault-name = Podaj nazwę, której nie ma nic innego, do 100 znaków.
campaigns-fault-subject = List potrzebuje tematu, powiadomienie tytułu.
campaigns-fault-text = Napisz treść, co najmniej w jednym języku.
campaigns-fault-html = Ten kanał nie przenosi stron; napisz to jako tekst.
campaigns-fault-template = Szablonu nie da się odczytać:
campaigns-fault-control = Podaj od 0 do 90 procent.
campaigns-fault-timing = Nie da się odczytać tego czasu.
campaigns-fault-weight = Podaj liczbę większą od 0.
campaigns-fault-number = Podaj liczbę całkowitą większą od 0.
channel-email = E-mail
channel-sms = SMS
channel-push = Powiadomienie push
channel-webhook = Inny system (webhook)
channel-in_app = W aplikacji i na stronie
channel-call = Telefon
channel-print = List
campaigns-state-draft = Szkic
campaigns-state-waiting = Czeka na zatwierdzenie
campaigns-state-scheduled = Zaplanowana
campaigns-state-running = Trwa
campaigns-state-paused = Wstrzymana
campaigns-state-done = Zakończona
campaigns-state-stopped = Zatrzymana
campaigns-message-waiting = Czekają
campaigns-message-sending = W trakcie wysyłki
campaigns-message-ready = Czekają na pobranie
campaigns-message-sent = Wysłane
campaigns-message-refused = Niedozwolone
campaigns-message-failed = Nieudane
campaigns-message-unknown = Nieznane
campaigns-reason-suppressed = nie kontaktować się
campaigns-reason-no_consent = brak zgody
campaigns-reason-no_address = brak adresu
campaigns-reason-capped = dość wiadomości ostatnio
campaigns-reason-gone = już nieznany
campaigns-reason-stopped = kampanię zatrzymano
campaigns-reason-interrupted = serwer zatrzymał się w tej chwili
campaigns-reason-restored = przywrócono z kopii
campaigns-reason-template = tekstu nie dało się wypełnić
campaigns-arm-treated = Powiadamiani
campaigns-arm-control = Grupa kontrolna
campaigns-arm-global_control = Globalna grupa kontrolna
campaigns-no_carrier = Nikt jeszcze tego nie przenosi ({$channel}). Ustawia to w cvm.toml osoba prowadząca serwer; opis jest w podręczniku.
campaigns-offering = Co przekazujemy
campaigns-offering-own = Własna treść, wpisana poniżej
campaigns-offering-best = Najlepsza oferta dla każdego klienta
campaigns-offering-issue = Najlepsza oferta z celu „{$issue}”
campaigns-offering-group = Najlepsza oferta z grupy „{$group}”
campaigns-offering-hint = Oferta ma własną treść. Najlepszą wybieramy w chwili wysyłki; klient, dla którego żadna nie jest warta wiadomości, nie dostaje nic.
campaigns-offering-each = Treść zależy od oferty wybranej dla danego klienta.
campaigns-offers = Złożone oferty
campaigns-offer = Oferta
campaigns-offer-chosen = Wybrana
campaigns-fault-own = Oferta ma własną treść; pola poniżej zostaw puste.
campaigns-fault-offer = Wybierz ofertę, która ma treść w tym kanale. Wiadomość serwisowa nie składa ofert.
campaigns-reason-nothing_worth = żadna oferta nie jest warta wiadomości
campaigns-reason-no_offer = oferta już nieaktualna
campaigns-conversion = Konwersja
campaigns-conversion-lead = Co klienci mają zrobić. Liczymy to w każdej grupie, a złożona oferta zostaje tym samym przyjęta.
campaigns-conversion-what = Co się liczy
campaigns-conversion-none = Nic poza zakupami, w wyniku
campaigns-conversion-purchase = Zakup
campaigns-conversion-event = Zdarzenie
campaigns-conversion-as_it_is = Tak, jak ustawiono przez API
campaigns-conversion-name = Nazwa zdarzenia
campaigns-conversion-property = Tylko gdy (właściwość)
campaigns-conversion-value = ma wartość
campaigns-conversion-days = W ciągu dni
campaigns-conversion-each = Liczy się każdy raz, nie tylko pierwszy
campaigns-conversion-first = { $days ->
    [one] { $what }; pierwszy raz w ciągu jednego dnia
    [few] { $what }; pierwszy raz w ciągu { $days } dni
    [many] { $what }; pierwszy raz w ciągu { $days } dni
   *[other] { $what }; pierwszy raz w ciągu { $days } dnia
}
campaigns-conversion-every = { $days ->
    [one] { $what }; każdy raz w ciągu jednego dnia
    [few] { $what }; każdy raz w ciągu { $days } dni
    [many] { $what }; każdy raz w ciągu { $days } dni
   *[other] { $what }; każdy raz w ciągu { $days } dnia
}
campaigns-conversions = Konwersje
campaigns-conversions-lead = Liczone od pierwszej wiadomości; u tych, którym nic nie przekazano, od chwili wyboru.
campaigns-converted = Klienci, którzy to zrobili
campaigns-conversion-rate = Odsetek
campaigns-fault-conversion = Podaj nazwę zdarzenia i od 1 do 365 dni.
campaigns-print = Dla drukarni
campaigns-print-lead = Plik zawiera nazwisko, adres i treść każdego listu. Każdy list trafia do jednego pliku i tym samym liczy się jako wysłany; plik można pobrać ponownie przez 30 dni.
campaigns-print-make = Utwórz plik
campaigns-letters = { $letters ->
    [one] jeden list
    [few] { $letters } listy
    [many] { $letters } listów
   *[other] { $letters } listu
}
campaigns-soft_bounced = Wróciły na razie (pełna skrzynka, odmowa serwera)
campaigns-calls = Telefony do wykonania
campaigns-calls-lead = Najdłużej czekający na początku.
campaigns-calls-none = Nie ma do kogo dzwonić
campaigns-calls-none-text = Kampanie telefoniczne dodają klientów do tej listy.
campaigns-call-accepted = Zgoda
campaigns-call-told = Przekazano
campaigns-call-not_reached = Nie odebrano
campaigns-call-complained = Nie chce telefonów
campaigns-policy = Zasady kontaktu
campaigns-policy-lead = Komu, kiedy i jak często można coś powiedzieć. Sprawdzane w chwili wysyłki.
campaigns-policy-saved = Zapisano.
campaigns-policy-fault = Nie zapisano: grupa kontrolna to 0–50 procent, dni to 1–366, cisza zaczyna się i kończy o różnych porach, a cel ma nazwę.
campaigns-policy-consent = Zgody
campaigns-policy-purpose = Cel zgody
campaigns-policy-granted = Powiedzieli „tak”
campaigns-policy-not_denied = Nie powiedzieli „nie”
campaigns-policy-nothing = Nic nie jest potrzebne
campaigns-policy-caps = Jak często najwyżej
campaigns-policy-caps-lead = Dni według strefy czasowej klienta; 1 to dzisiaj. Pusty wiersz to brak reguły.
campaigns-policy-most = Najwyżej
campaigns-policy-days = W dniach
campaigns-policy-all = Wszystkie kanały
campaigns-policy-quiet = Cisza
campaigns-policy-quiet-lead = W czasie klienta; co przypada w tych godzinach, czeka.
campaigns-policy-from = Od
campaigns-policy-until = Do
campaigns-policy-global = Procent wszystkich klientów
campaigns-policy-global-hint = Nigdy nic nie dostają, aby wszystkie kampanie razem porównać z ich brakiem.
campaigns-of_treated = z { $customers ->
    [one] { $customers } klienta
   *[other] { $customers } klientów
} do powiadomienia
programmes-title = Programy
programmes-lead = Kto wchodzi do segmentu albo coś robi, przechodzi kroki, każdy w swoim czasie.
programmes-new = Nowy program
programmes-change = Zmień program
programmes-ready = Gotowe na początek
programmes-ready-lead = Każdy staje się szkicem z tekstami w czterech językach, do zmiany i uruchomienia.
programmes-take = Użyj
programmes-entry = Kto wchodzi do
programmes-goal = Cel: kto wchodzi do
programmes-goal-hint = Kto tam jest, osiągnął cel i opuszcza program.
programmes-again = Ponownie
programmes-again-after = Ponownie po dniach
programmes-again-hint = Puste: raz w życiu.
programmes-never = raz w życiu
programmes-control_percent = Grupa kontrolna, procent wchodzących
programmes-entered = Weszli
programmes-on_their_way = W drodze
programmes-done = Przeszli
programmes-left = Odeszli w drodze
programmes-reached = Osiągnęli cel
programmes-control = Bez wiadomości, do porównania
programmes-steps = Kroki
programmes-step = Krok
programmes-what = Co
programmes-wait = Przerwa
programmes-wait-hours = Godziny
programmes-only_if = Warunek
programmes-only_in = Idzie dalej, kto jest w
programmes-only_out = Idzie dalej, kogo nie ma w
programmes-who = Kto
programmes-segment = Segment
programmes-send = Wiadomość
programmes-remove = Usuń ten krok
programmes-stop-question = Zatrzymać na dobre? Kto jest w drodze, odpadnie.
programmes-delete-question = Usunąć ten program?
programmes-fault-hours = Podaj od 1 do 8784 godzin.
programmes-fault-steps = Program ma od 1 do 30 kroków.
programmes-fault-segment = Nie ma takiego segmentu.
programmes-welcome = Powitanie
programmes-welcome-why = Nowe osoby ze zgodą na e-mail dostają powitanie, a po trzech dniach bez zakupu przypomnienie.
programmes-welcome-subject = Witaj, {"{{ customer.first_name }}"}
programmes-welcome-text = Dzień dobry, {"{{ customer.first_name }}"}, dobrze, że jesteś z nami. Powiedz, co lubisz, a będziemy pisać tylko wtedy, gdy warto.
programmes-welcome-2-subject = Pomóc w wyborze, {"{{ customer.first_name }}"}?
programmes-welcome-2-text = Dzień dobry, {"{{ customer.first_name }}"}, jeśli coś utrudnia wybór, odpowiedz na ten list: czyta go człowiek.
programmes-cart = Porzucony koszyk
programmes-cart-why = Kto dzień temu włożył coś do koszyka i nie kupił, dostaje jedno przypomnienie.
programmes-cart-subject = Jeszcze się zastanawiasz, {"{{ customer.first_name }}"}?
programmes-cart-text = Dzień dobry, {"{{ customer.first_name }}"}, Twój koszyk wciąż czeka. Jeśli powstrzymało Cię pytanie, odpowiedz na ten list.
programmes-second = Drugi zakup
programmes-second-why = Dwa tygodnie po pierwszym zakupie: kto nie kupił ponownie, dostaje wiadomość.
programmes-second-subject = Jak było, {"{{ customer.first_name }}"}?
programmes-second-text = Dzień dobry, {"{{ customer.first_name }}"}, mamy nadzieję, że pierwsze zamówienie było udane. Oto co inni wybrali potem.
programmes-birthday = Urodziny
programmes-birthday-why = Życzenia w dniu urodzin; niczego nie sprzedajemy.
programmes-birthday-subject = Wszystkiego najlepszego, {"{{ customer.first_name }}"}
programmes-birthday-text = {"{{ customer.first_name }}"}, wszystkiego najlepszego z okazji urodzin od nas wszystkich.
programmes-at_risk = Ratowanie wartościowych
programmes-at_risk-why = Wartościowi klienci, którzy zdają się odchodzić, dostają list, a po tygodniu bez zmian telefon.
programmes-at_risk-subject = Brakuje nam Ciebie, {"{{ customer.first_name }}"}
programmes-at_risk-text = Dzień dobry, {"{{ customer.first_name }}"}, dawno Cię nie było. Jeśli coś zrobiliśmy źle, powiedz nam: chcemy to naprawić.
programmes-at_risk-call-subject = Telefon
programmes-at_risk-call-text = Zapytaj, co powstrzymuje {"{{ customer.first_name }}"} przed powrotem. Wysłuchaj, rozwiąż, co się da, i zapisz powód. Niczego nie sprzedawaj.
programmes-win_back = Odzyskiwanie
programmes-win_back-why = Kto nie kupuje od pół roku, słyszy od nas dwa razy w odstępie dwóch tygodni.
programmes-win_back-subject = Wiele nowego, {"{{ customer.first_name }}"}
programmes-win_back-text = Dzień dobry, {"{{ customer.first_name }}"}, od Twojej ostatniej wizyty wiele się zmieniło. Zajrzyj; zawsze jesteś mile widziany.
programmes-win_back-2-subject = Zostajemy w kontakcie, {"{{ customer.first_name }}"}?
programmes-win_back-2-text = Dzień dobry, {"{{ customer.first_name }}"}, jeśli wolisz mniej wiadomości, wystarczy jedno kliknięcie poniżej. Jeśli nie, cieszymy się.
programmes-segment-new = Nowi, ze zgodą na e-mail
programmes-segment-bought = Kupili
programmes-segment-cart = Koszyk porzucony od dnia
programmes-segment-once = Pierwszy zakup w tym tygodniu
programmes-segment-one = Dotąd jeden zakup
programmes-segment-birthday = Dziś urodziny
programmes-segment-at_risk = Wartościowi i zagrożeni odejściem
programmes-segment-sleeping = Uśpieni
programmes-again-days = { $days ->
    [one] po { $days } dniu
   *[other] po { $days } dniach
}
programmes-days = { $days ->
    [one] { $days } dzień
   *[other] { $days } dni
}
programmes-hours = { $hours ->
    [one] { $hours } godzina
   *[other] { $hours } godz.
}
programmes-begins = Kto zrobi
programmes-begins-hint = Puste: zaczyna sam segment. Ze zdarzeniem zaczyna tylko ten, kto jest wtedy w segmencie; bez segmentu każdy.
programmes-here = Teraz tutaj
programmes-went_on = Poszli dalej
programmes-left_here = Odeszli tutaj
programmes-which_way = Na drodze
programmes-nothing = Tu nic się nie dzieje.
programmes-wait_event = Czekanie na zdarzenie
programmes-wait_segment = Czekanie na segment
programmes-wait_for_time = Czekanie na porę dnia
programmes-at_most_days = Najwyżej dni
programmes-in_vain = Kto czekał na próżno
programmes-goes_on = idzie dalej
programmes-leaves = odchodzi
programmes-time = Godzina
programmes-time-hint = W strefie czasowej klienta. Bez wybranych dni: w każdy dzień.
programmes-weekdays = W te dni
programmes-monday = poniedziałek
programmes-tuesday = wtorek
programmes-wednesday = środa
programmes-thursday = czwartek
programmes-friday = piątek
programmes-saturday = sobota
programmes-sunday = niedziela
programmes-branch = Rozwidlenie według segmentu
programmes-branch-then = Kto jest w segmencie
programmes-branch-in = W „{ $segment }”
programmes-branch-others = Pozostali
programmes-split = Rozwidlenie losowe
programmes-split-hint = Kto przyjdzie ponownie, idzie tą samą ścieżką. Wagi to części ich sumy.
programmes-path = Ścieżka
programmes-path-name = Nazwa
programmes-path-weight = Waga
programmes-path-add = Dodaj ścieżkę
programmes-path-remove = Usuń tę ścieżkę
programmes-webhook = Powiadomienie innego systemu
programmes-endpoint = Punkt końcowy
programmes-no_endpoint = Nie ma jeszcze punktu końcowego. Doda go w ustawieniach ten, kto zarządza kluczami.
programmes-update_profile = Ustawienie atrybutu
programmes-attribute = Atrybut
programmes-value = Wartość
programmes-kind = Rodzaj kroku
programmes-add = Dodaj krok
programmes-up = Przesuń w górę
programmes-down = Przesuń w dół
programmes-change-hint = Kto jest w drodze, zostaje przy swoim kroku, gdziekolwiek ten teraz stoi. Jeśli krok zostanie usunięty, idzie dalej od następnego, który pozostał. Kto już czeka, czeka tak długo, jak było powiedziane, gdy przyszedł.
programmes-fault-days = Podaj od 1 do 366 dni.
programmes-fault-weekdays = Wybierz dni tygodnia.
programmes-fault-paths = Rozwidlenie losowe ma od 2 do 10 ścieżek.
programmes-fault-weight = Podaj liczbę większą od 0.
programmes-fault-endpoint = Nie ma takiego punktu końcowego.
programmes-fault-attribute = Podaj nazwę od 1 do 100 znaków i wartość do 1000 znaków.
programmes-fault-event = To nie jest pełne zdarzenie: wybierz je i podaj pasujące porównanie i wartość warunku.
programmes-until-goes_on = { $days ->
    [one] { $what }; po jednym dniu dalej w każdym razie
   *[other] { $what }; po { $days } dniach dalej w każdym razie
}
programmes-until-leaves = { $days ->
    [one] { $what }; kto czeka dłużej niż jeden dzień, odchodzi
    [few] { $what }; kto czeka dłużej niż { $days } dni, odchodzi
   *[other] { $what }; kto czeka dłużej niż { $days } dni, odchodzi
}
programmes-people-here = { $people ->
    [one] Jeden klient jest przy tym kroku.
    [few] Przy tym kroku są { $people } osoby.
   *[other] Przy tym kroku jest { $people } osób.
}
