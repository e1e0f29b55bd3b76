# Strony. Krótko: ludzie czytają je codziennie.

## Rama
page-overview = Przegląd
page-value = Wartość
page-profit = Zysk
page-account = Twoje konto
page-search = Szukaj klientów: nazwisko, e-mail, telefon, identyfikator
page-language = Język
page-theme = Jasny lub ciemny
page-help = Pomoc klawiatury
page-keys = Klawisze
page-menu = Menu główne
page-close = Zamknij
page-sign_out = Wyloguj się
page-save = Zapisz
page-number_wanted = Wpisz liczbę bez separatorów tysięcy, np. 1234,5.
page-saved = Zapisano.
page-copied = Skopiowano
page-failed = Nie udało się. Spróbuj ponownie lub odśwież stronę.
page-as_of = Stan na { $date }
page-error-bad = Tak się nie da
page-error-forbidden = Brak dostępu
page-error-missing = Niczego tu nie ma
page-error-conflict = Teraz to niemożliwe
page-error-later = Nie w tej chwili
page-error-ours = Coś poszło nie tak po naszej stronie
page-error-home = Do przeglądu

## Logowanie
login-title = Zaloguj się
login-email = E-mail
login-password = Hasło
login-wrong = E-mail lub hasło są nieprawidłowe.
login-too_often = Zbyt wiele prób. Odczekaj kilka minut i spróbuj ponownie.
login-elsewhere = Zaloguj się kontem firmowym

## Użytkownicy
role-admin = Administrator
role-analyst = Analityk
role-marketer = Marketer
role-service_agent = Konsultant
role-viewer = Obserwator
account-name = Imię i nazwisko
account-sessions = Gdzie jesteś zalogowany
account-sessions-lead = Zmień hasło, jeśli widzisz przeglądarkę, której nie znasz.
account-since = Od
account-seen = Ostatnio używana
account-browser = Przeglądarka
account-here = ta przeglądarka

## Baza
insights-nothing = Nie ma jeszcze wartości
insights-nothing-lead = Wartości pojawią się po pierwszym przeliczeniu: wyślij zamówienia przez SDK lub zaimportuj plik, a potem przelicz wartości.
insights-span = od { $from } do { $to }
insights-days = { $days ->
    [one] { $days } dzień
   *[other] { $days } dni
}
insights-from = Od
insights-to = Do
insights-compare = W porównaniu z
insights-compare-before = dniami bezpośrednio przed
insights-compare-year = tymi samymi dniami rok wcześniej
insights-compare-other = wybranymi dniami
insights-compare-none = niczym
insights-other_from = Porównaj od
insights-other_to = Porównaj do
insights-show = Pokaż
insights-compared = Dla porównania
insights-period = W tym okresie
insights-to_come = Co przed nami
insights-trend = Przychód w tym okresie
insights-day = Dzień
insights-week = Tydzień od
insights-before = wcześniej: { $value }
insights-new = nowe
insights-points = { $points } pkt proc.
insights-more = o { $change } więcej
insights-less = o { $change } mniej
insights-as_before = bez zmian
insights-revenue = Przychód
insights-revenue-meaning = Ile zapłacili klienci, po odjęciu zwrotów
insights-orders = Zamówienia
insights-orders-meaning = Zamówienia w tym okresie
insights-buyers = Kupujący
insights-buyers-meaning = Klienci, którzy złożyli zamówienie
insights-new_buyers = Nowi kupujący
insights-new_buyers-meaning = Pierwsze zamówienie w ogóle
insights-order_value = Średnia wartość zamówienia
insights-order_value-meaning = Przychód na zamówienie
insights-frequency = Częstotliwość zakupów
insights-frequency-meaning = Zamówienia na kupującego
insights-repeat = Powtórne zakupy
insights-repeat-meaning = Kupujący, którzy zamawiali już wcześniej lub ponownie
insights-retention = Utrzymanie
insights-retention-meaning = Ilu kupujących z tylu dni wcześniej wróciło
insights-churn = Nie wrócili
insights-churn-meaning = Ilu kupujących z tylu dni wcześniej nie wróciło
insights-conversion = Od wizyty do zakupu
insights-conversion-meaning = Ilu odwiedzających złożyło zamówienie
insights-cart = Od koszyka do zakupu
insights-cart-meaning = Ilu z tych, którzy mieli coś w koszyku, złożyło zamówienie
insights-engaged = Aktywne osoby
insights-engaged-meaning = Kto odwiedził, zamówił, otworzył lub kliknął

## Lejki
page-funnels = Lejki
funnels-page = Obejrzenie strony
funnels-screen = Obejrzenie ekranu
funnels-lead = Ile z osób, które zaczynają, dochodzi do każdego kolejnego kroku, licząc od pierwszego razu w pierwszym kroku.
funnels-picture = Osoby według kroku
funnels-step = Krok
funnels-step-none = bez dalszego kroku
funnels-people = Osoby
funnels-of_first = Z pierwszego kroku
funnels-of_before = Z poprzedniego kroku
funnels-took = Czas od poprzedniego (mediana)
funnels-source = Źródło
funnels-within = Dni od pierwszego kroku do ostatniego
funnels-by = Rozróżnij
funnels-channel = Kanał
funnels-not_said = nie podano
funnels-segment = Segment
funnels-against = Porównaj z
funnels-everybody = wszyscy
funnels-members = Członkowie segmentu są ci z teraz ({ $time }), za cały okres: kto od tego czasu wyszedł, nie jest liczony, a kto wszedł, jest, ze wszystkim, co robił.
funnels-picture-shares = Udział osób, które zaczęły, według kroku
funnels-empty-segment = W tym okresie nikt z segmentu nie dał o sobie znać.
funnels-empty-segment-lead = Wybierz inne dni albo inny segment.
funnels-engagement = Co robili ludzie
funnels-what = Zdarzenie
funnels-times = Razy
funnels-each = Razy na osobę
funnels-empty = W tym okresie nikt nie dał o sobie znać.
funnels-empty-lead = Wybierz inne dni albo skieruj tutaj SDK swojego sklepu lub aplikacji: wizyty, koszyki i zamówienia pojawią się w kilka sekund.
duration = { $unit ->
    [second] { $count ->
        [one] { $count } sekunda
        [few] { $count } sekundy
       *[other] { $count } sekund
    }
    [minute] { $count ->
        [one] { $count } minuta
        [few] { $count } minuty
       *[other] { $count } minut
    }
    [hour] { $count ->
        [one] { $count } godzina
        [few] { $count } godziny
       *[other] { $count } godzin
    }
   *[day] { $count ->
        [one] { $count } dzień
       *[other] { $count } dni
    }
}

## Segmenty
page-segments = Segmenty
page-next = Dalej
segments-page_lead = Reguły, które mówią, kto należy do siebie; aktualizują się same.
segments-new = Nowy segment
segments-name = Nazwa
segments-description = Do czego służy
segments-rule = Kto do niego należy
segments-size = Wielkość
segments-customers = klienci
segments-share = Udział
segments-value = przyszła wartość
segments-each = Wartość na klienta
segments-compare = Porównanie segmentów
segments-compare_with = Porównaj z
segments-first = Pierwszy segment
segments-second = Drugi segment
segments-found = Grupy znalezione w danych
segments-found-lead = Znalezione według zachowań, bez żadnych reguł. Zapisz grupę jako segment, aby z nią pracować.
segments-make = Zapisz jako segment
segments-edit = Zmień
segments-delete = Usuń
segments-delete-question = Usunąć ten segment? Zniknie też jego historia; klienci zostają.
segments-computed = Obliczono
segments-waiting = Członkowie tej reguły są właśnie obliczani.
segments-sizes = Wielkość w czasie
segments-members = Członkowie
segments-nobody = Nikt teraz nie pasuje do tej reguły.
segments-who = Klient
segments-clv = CLV
segments-p_alive = P(aktywny)
segments-tier = Poziom wartości
segments-revenue = Dotychczasowy przychód
segments-last = Ostatni zakup
segments-since = W segmencie od
segments-moves = Kto przyszedł i kto odszedł
segments-when = Kiedy
segments-what = Co
segments-entered = przyszedł
segments-left = odszedł
segments-overlap = Wspólni z innymi segmentami
segments-other = Segment
segments-in_both = W obu
segments-of_this = Tego segmentu
segments-of_other = Drugiego
segments-versions = Wcześniejsze reguły
segments-version = Wersja
segments-tiers = Według poziomu wartości
segments-rfm = Według segmentu RFM
segments-alive = Prawdopodobnie nadal klienci
segments-once = Kupili tylko jednego dnia
builder-group = Grupa
builder-which = Z tych warunków
builder-all = spełnione wszystkie
builder-any = spełniony dowolny
builder-not = nie jest spełniony
builder-field = Co o nich wiadomo
builder-did = Co zrobili
builder-sequence = Jedno po drugim
builder-not_followed = Jedno, a potem nie drugie
builder-consent = Zgoda
builder-segment = W segmencie
builder-sql = Warunek SQL
builder-json = Reguła jako JSON
builder-take = Użyj tej reguły
builder-is = jest
builder-value = Wartość
builder-value2 = i
builder-event = Zdarzenie
builder-times = Ile razy
builder-days = W ostatnich dniach
builder-property = W tym
builder-spending = Wydali łącznie
builder-purchase = kupno
builder-visit = wizyta
builder-first = Najpierw
builder-then = Potem
builder-then_not = Potem nie
builder-within = W ciągu dni
builder-for_days = Przez dni
builder-purpose = Cel
builder-channel = Kanał
builder-granted = udzielona
builder-denied = odmówiona
builder-unknown = brak odpowiedzi
builder-remove = Usuń
builder-values = Wartość i zachowanie
builder-attributes = Cechy
builder-profile = Profil
builder-nothing = Wypełnij warunek, aby zobaczyć, do kogo pasuje.
builder-count = Policz
builder-counting = Liczenie …
builder-unfinished = Niedokończone: na razie pominięte.
builder-no_day = Potrzebny jest dzień, np. 2026-01-31.
builder-no_json = To nie jest warunek.
builder-not_saved = Nie zapisano: dokończ lub usuń zaznaczone niżej warunki.
op-equals = jest równe
op-one_of = jest jednym z (po przecinku)
op-contains = zawiera
op-starts_with = zaczyna się od
op-above = powyżej
op-at_least = co najmniej
op-below = poniżej
op-at_most = co najwyżej
op-exactly = dokładnie
op-between = między
op-on = w dniu
op-before = przed
op-after = po
op-in_last_days = w ostatnich dniach
op-more_than_days_ago = dawniej niż dni temu
op-in_next_days = w następnych dniach
op-birthday_in_days = rocznica w ciągu dni
op-is_set = jest znane
op-is_not_set = nie jest znane
customer-no_segments = Teraz w żadnym segmencie.

## From tier to tier
tiers-flow = Z poziomu na poziom
tiers-said = W górę: { $up }, w dół: { $down }, nowi: { $new }.
tiers-since = Od dnia
tiers-before = Poziom wcześniej
tiers-now = Poziom teraz
tiers-clv-before = CLV wcześniej
tiers-clv-now = CLV teraz
tiers-not_yet = jeszcze nie klient
tiers-gone = już nie klient
tiers-up = w górę
tiers-down = w dół
tiers-same = bez zmiany, nowi i odeszli

## Profit
profit-sums = Z czego powstaje zysk
profit-sums-how = Obsługa pochodzi ze zdarzeń kosztowych, pozyskanie z atrybutu klienta; czego nikt nie przysyła, liczy się jako zero.
profit-margin = Marża
profit-served = Koszt obsługi
profit-won = Koszt pozyskania
profit-net = Zysk
profit-discounts = Rabaty
profit-returns = Zwroty
profit-unknown-title = Koszty nie są znane
profit-whale = Krzywa wieloryba
profit-whale-lead = Najlepsze { $share } klientów przynosi { $peak }; pozostali odbierają z tego { $loss }.
profit-whale-none = Nikt nie odbiera tego, co przynoszą najlepsi.
profit-share-of-customers = Udział klientów, od najbardziej zyskownych
profit-cumulative = Zysk narastająco
profit-share-of-all = Całego zysku
profit-worklist = Klienci przynoszący stratę i co z nimi zrobić
profit-worklist-lead = { $customers ->
    [one] { $customers } klient przynosi stratę: { $loss }.
    [few] { $customers } klientów przynosi stratę: razem { $loss }.
   *[many] { $customers } klientów przynosi stratę: razem { $loss }.
}
profit-all = Wszyscy
profit-nobody = Na tej liście nikogo nie ma.
profit-shown = Pokazano { $shown } z { $all }, od największych strat; w pliku są wszyscy.
profit-cause-goods = sprzedaż poniżej kosztu
profit-cause-discounts = rabaty zjadają marżę
profit-cause-returns = wiele wraca
profit-cause-service = obsługa kosztuje więcej niż marża
profit-cause-acquisition = koszt pozyskania jeszcze się nie zwrócił
profit-do-reprice = Zmiana ceny
profit-do-reprice-how = Towar sprzedawany jest poniżej kosztu: podnieś cenę albo proponuj inny.
profit-do-incentives = Mniej zachęt
profit-do-incentives-how = Bez rabatów byłaby marża: oferuj mniej albo coś tańszego.
profit-do-returns = Mniej zwrotów
profit-do-returns-how = Wiele wraca: pomóż wybrać, wprowadź opłatę za zwroty albo sprawdź, co jest zwracane.
profit-do-channel = Tańszy kanał
profit-do-channel-how = Kupują, ale obsługa jest droga: skieruj ich do aplikacji, sklepu internetowego lub odbioru osobistego.
profit-do-contacts = Mniej kontaktów
profit-do-contacts-how = Niewiele można się spodziewać: nie wydawaj więcej na telefony, wysyłki i kupony.
profit-do-time = Cierpliwość
profit-do-time-how = Koszt pozyskania powinien się zwrócić.
profit-do-let_go = Pożegnanie z klasą
profit-do-let_go-how = Właściwie już odeszli: przestań wydawać, bądź miły i zostaw otwarte drzwi.
profit-segment-name = Nazwa segmentu
profit-segment-save = Zapisz jako segment
profit-segment-about = Z listy klientów przynoszących stratę, stan na { $day }.
profit-segment-fault = Wybierz nazwę od 1 do 100 znaków, której nie ma inny segment.

## Acquisition
acquisition-title = Pozyskiwanie klientów
acquisition-lead = Ile wart jest klient wobec kosztu jego pozyskania. Od trzykrotności kosztu jest dobrze; poniżej jednokrotności każdy kosztuje więcej, niż przynosi.
acquisition-no_channels = Żaden klient nie ma atrybutu acquisition_channel, więc wszyscy liczą się do jednego nieznanego kanału.
acquisition-no_spend = Nikt jeszcze nie wpisał, ile wydano.
acquisition-nobody = W tych miesiącach nikogo nie pozyskano.
acquisition-by_channel = Według kanałów
acquisition-by_month = Według miesięcy i kanałów
acquisition-all_months = Wszystkie miesiące
acquisition-last_year = Ostatnie 12 miesięcy
acquisition-how = Wartość to dotychczasowa marża i oczekiwana odtąd wartość życiowa. Zwrot wynika z zakupów wszystkich klientów o tym samym pierwszym miesiącu, a dalej z prognozy.
acquisition-picture = Wartość klienta i koszt pozyskania według kanałów
acquisition-unknown = nieznany
acquisition-channel = Kanał
acquisition-month = Miesiąc
acquisition-won = Pozyskani klienci
acquisition-spend = Wydano
acquisition-cac = Koszt jednego
acquisition-value = Wartość jednego
acquisition-so_far = Marża dotąd
acquisition-to_come = Jeszcze oczekiwane
acquisition-ratio = Wartość do kosztu
acquisition-payback = Zwrot
acquisition-highest = Najwyższy opłacalny koszt
acquisition-profit = Wartość minus koszt
acquisition-loss = strata
acquisition-at_once = od razu
acquisition-in = miesiąc { $month }
acquisition-expected = oczekiwany w miesiącu { $month }
acquisition-not = nie w okresie prognozy
acquisition-enter = Ile wydano
acquisition-enter-lead = Kanał tak, jak nazywa go atrybut klientów. Wcześniejszy wpis dla tego samego miesiąca i kanału zostaje zastąpiony; 0 go usuwa.
acquisition-many = Wpisz wiele naraz
acquisition-table = Miesiąc, kanał i kwota, wiersz po wierszu, jak kopiuje je arkusz
acquisition-fault-row = Podaj miesiąc jak 2026-01, kanał i kwotę co najmniej 0.
acquisition-fault-line = Wiersza { $line } nie da się odczytać: oczekiwany miesiąc jak 2026-01, kanał i kwota.
