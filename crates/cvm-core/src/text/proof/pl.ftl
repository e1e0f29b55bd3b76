# Wyniki kampanii i plany.

## Results
page-results = Wyniki
proof-lead = Co kampanie zarobiły ponad to, co przyszłoby samo: każda wobec klientów, którzy z losowania nie dostali nic.
proof-empty = Żadna kampania jeszcze nie ruszyła
proof-empty-lead = Uruchom kampanię z grupą kontrolną. Wynik pojawi się po następnym przeliczeniu wartości.
proof-all = Wszystkie kampanie razem
proof-all-lead = Wszyscy wobec tych, do których nigdy nic nie wysyłamy: globalnej grupy kontrolnej.
proof-campaign = Kampania
proof-verdict = Wynik
proof-worked = Zadziałała
proof-harmed = Zaszkodziła
proof-open = Nie wiadomo
proof-void = Nie czytać
proof-nothing = Brak wyniku
proof-waiting = Nie ma jeszcze wyniku. Liczy się go po każdym przeliczeniu wartości i na życzenie.
proof-compute = Policz ponownie
proof-stamp = Zamówienia do { $date }; liczy się { $days ->
        [one] { $days } dzień
        [few] { $days } dni
       *[many] { $days } dni
    } po przydzieleniu, z czego minęło { $share }
proof-stamp-all = Zamówienia z ostatnich { $days ->
        [one] { $days } dnia
        [few] { $days } dni
       *[many] { $days } dni
    } do { $date }
proof-from-to = od { $low } do { $high }
proof-below = poniżej { $share }
proof-any = może być dowolny
proof-said-none = Nie ma jeszcze czego porównać: brakuje jednej z grup albo jest za mała.
proof-said-void = Nie czytaj tego wyniku. Grupy nie mają wielkości z losowania, więc coś usunęło klientów z jednej z nich; najpierw to znajdź.
proof-said-up = Zadziałała. Każdy klient z kampanii przyniósł o { $each } więcej marży niż bez niej (od { $low } do { $high }).
proof-said-down = Zaszkodziła. Każdy klient z kampanii przyniósł o { $each } mniej marży niż bez niej (od { $low } do { $high }). Zatrzymaj ją albo zmień.
proof-said-open = Nie wiadomo, czy to coś dało: wpływ na marżę jednego klienta leży między { $low } a { $high }.
proof-said-pays = Zwróciła się: po kosztach zostaje { $profit }.
proof-said-costs = Kosztuje więcej, niż przynosi: po kosztach { $profit }.
proof-said-may_pay = Nie wiadomo, czy się zwróciła: po kosztach zostaje około { $profit }, a może być więcej albo mniej niż nic.
proof-warning-no_control = Nie ma grupy kontrolnej. Widać, co przynieśli ci klienci; co przyszłoby samo, nie wie nikt.
proof-warning-least = Mniejsza grupa ma mniej niż { $least ->
        [one] { $least } klienta
        [few] { $least } klientów
       *[many] { $least } klientów
    }: za mało, by porównywać.
proof-warning-ratio = Grupy nie mają wielkości z losowania. Zanim przeczytasz wynik, znajdź, co usunęło klientów z jednej z nich.
proof-warning-running = Nie wszystkie dni obserwacji minęły. Do tego czasu przedziały są tak szerokie, że można zaglądać dowolnie często.
proof-warning-few = Za mało klientów: by zobaczyć efekt wart zachodu, potrzeba jeszcze { $more ->
        [one] { $more } klienta
        [few] { $more } klientów
       *[many] { $more } klientów
    }.
proof-warning-large = O wyniku decyduje kilka dużych zamówień. Przedział jest przybliżony.
proof-warning-costs = Koszt kontaktu nie jest znany, więc kontakty liczą się jako darmowe.
proof-warning-margins = Większość kosztów towaru nie jest znana, a marża nie jest ustawiona, więc za marżę uchodzi przychód.
proof-total = Zarobiona marża łącznie
proof-each = Marża na klienta
proof-profit = Zysk po kosztach
proof-return = Zwrot z kosztów
proof-treated = W kampanii
proof-control = Grupa kontrolna
proof-against = wobec { $customers ->
        [one] { $customers } klienta w grupie kontrolnej
        [few] { $customers } klientów w grupie kontrolnej
       *[many] { $customers } klientów w grupie kontrolnej
    }
proof-customers = Klienci
proof-elapsed = Minęło dni
proof-interval = Przedział 95%
proof-look = Zamówienia do
proof-looks = Efekt przy każdym wglądzie
proof-looks-lead = Marża na klienta ponad grupę kontrolną z przedziałem, który obowiązuje przy wszystkich wglądach łącznie. Gdzie nie obejmuje zera, różnicę zrobiła kampania.
proof-outcomes = Co się zmieniło
proof-outcome = Na klienta
proof-margin = Marża
proof-revenue = Przychód
proof-orders = Zamówienia
proof-conversion = Odsetek zamawiających
proof-conversion-event = Odsetek tych, którzy zrobili to, co się liczy
proof-difference = Różnica
proof-relative = W procentach
proof-chance = Szansa bez efektu
proof-arms = Grupy
proof-group = Grupa
proof-expected = Z losowania
proof-converted = Konwersja
proof-cost = Koszt kontaktu
proof-more = Ponad kontrolną
proof-tiers = Według poziomu wartości
proof-segments = Według segmentu
proof-parts-lead = Marża na klienta ponad grupę kontrolną, według tego, kim klienci byli w chwili przydzielenia. Linie obowiązują dla wszystkich części łącznie.
proof-differ = Efekt nie jest wszędzie taki sam.
proof-alike = Nic nie wskazuje, by efekt się między nimi różnił: kieruj się efektem dla wszystkich.
proof-together = Przedział dla wszystkich części
proof-money = Ile kosztowała i co zostaje
proof-money-lead = Za koszt liczą się: każdy kontakt, według ceny jego kanału, oraz nagrody i prezenty z ofert, które klienci przyjęli po wiadomości o nich. Rabaty nie są tu kosztem: marża to reszta z tego, co klienci zapłacili.
proof-what = Pozycja
proof-amount = Kwota
proof-rewards = Nagrody i prezenty
proof-unknown = nieznane
proof-discount = Dodatkowy rabat, już odjęty
proof-lot-kept = Grupy mają wielkość z losowania (szansa na większe odchylenie: { $chance }).
proof-power = Przy tylu klientach efekt { $detectable } na klienta widać cztery razy na pięć. Aby zobaczyć { $wanted }, potrzeba w obu grupach { $customers ->
        [one] { $customers } klienta
        [few] { $customers } klientów
       *[many] { $customers } klientów
    }.
proof-past = To, co klienci kupowali wcześniej, tłumaczy część różnic między nimi; jego odjęcie usunęło { $share } szumu.
proof-kept_out = { $customers ->
        [one] { $customers } klient należy
        [few] { $customers } klientów należy
       *[many] { $customers } klientów należy
    } do globalnej grupy kontrolnej i nie jest tu po żadnej stronie.
proof-left_out = { $customers ->
        [one] Pominięto { $customers } klienta
        [few] Pominięto { $customers } klientów
       *[many] Pominięto { $customers } klientów
    }: usuniętych od tego czasu albo będących tą samą osobą co inny klient.
proof-settings = Co się liczy
proof-settings-lead = Cel, który się przesuwa, zaczyna od nowa: po zmianie wcześniejsze wglądy przepadają.
proof-settings-fault = Dni to liczby całkowite od 1 do 730; planowana liczba klientów to co najmniej 2.
proof-window = Dni po przydzieleniu
proof-before = Dni przed nim, by odjąć to, czym klienci i tak się różnią
proof-planned = Planowana liczba klientów we wszystkich grupach
proof-event = Zdarzenie, które liczy się jako konwersja (puste: zamówienie)

## Plans
page-plans = Plany
plan-lead = Kto co dostanie za dany budżet, by oczekiwany zysk był najwyższy.
plan-new = Nowy plan
plan-new-lead = Podaj, co można zrobić dla klientów i ile to kosztuje. Każdy klient dostanie jedno działanie, które zarobi najwięcej, albo żadnego.
plan-empty = Nie ma jeszcze planów
plan-empty-lead = Plan mówi, kto co dostanie w ramach budżetu, co dałby inny budżet i gdzie dalsze wydatki przestają się opłacać.
plan-plan = Plan
plan-made = Utworzony
plan-whole = Całość
plan-name = Nazwa
plan-among = Wybieraj spośród
plan-everybody = Wszyscy, którzy mają wartość
plan-budget = Budżet
plan-budget-hint = Puste: tyle, ile się opłaca.
plan-attribute = Atrybut, który mówi, jak pozyskano klienta
plan-attribute-hint = Wtedy plan powie, ile można zapłacić za nowego klienta z każdego źródła. Puste: nie powie.
plan-actions = Co można zrobić
plan-actions-lead = Wypełnij tyle, ile masz. Działanie daje tyle, ile wykazała kampania, a dopóki żadnej nie ma, tyle, ile założysz.
plan-action = Działanie
plan-action-name = Co to jest
plan-channel = Kanał
plan-cost = Koszt na klienta
plan-worth = Co daje
plan-assumed = Moje założenie, w procentach
plan-percent = Procent oczekiwanej marży
plan-proven-by = Jak wykazała { $campaign }: { $each } na klienta
plan-only = Tylko dla
plan-all = Wszystkich
plan-limits = Ile udźwigną kanały
plan-limits-lead = Najwięcej klientów. Puste: tylu, ilu się opłaca.
plan-make = Utwórz plan
plan-fault-name = Nadaj planowi nazwę do 100 znaków, której nie ma inny plan.
plan-fault-action = Nadaj każdemu działaniu własną nazwę.
plan-fault-actions = Podaj przynajmniej jedno działanie.
plan-fault-amount = Kwoty to liczby od 0 wzwyż, bez separatorów tysięcy, np. 1234,5.
plan-fault-worth = Załóż od 0 do 1000 procent albo wybierz kampanię, która ma wynik.
plan-fault-segment = Tego segmentu już nie ma albo nie został jeszcze policzony.
plan-fault-won_by = To nie może być nazwa atrybutu.
plan-fault-limit = Limity to liczby całkowite od 0 wzwyż.
plan-stamp = Zaplanowano { $day }, bez budżetu
plan-stamp-budget = Zaplanowano { $day } na budżet { $budget }
plan-going = Plan powstaje…
plan-failed = Planu nie udało się utworzyć.
plan-profit = Oczekiwany zysk
plan-gap = najwyżej { $gap } od najlepszego możliwego
plan-value = Oczekiwana dodatkowa marża
plan-value-note = ponad to, co przyjdzie samo
plan-spent = Wydatki
plan-margin = kolejna jednostka dałaby { $margin }
plan-enough = więcej się nie opłaca
plan-chosen = Klienci, którzy coś dostaną
plan-of = spośród { $customers }
plan-who = Kto co dostanie
plan-who-lead = Zgody, limity i ciszę nocną sprawdza się przy wysyłce, więc nie wszyscy zostaną osiągnięci. Nikt z globalnej grupy kontrolnej nie jest w planie.
plan-each = Na klienta
plan-ground = Na podstawie
plan-ground-assumed = założenia: { $share } oczekiwanej marży
plan-ground-proven = wykazanego efektu kampanii
plan-ground-tier = wykazanego efektu kampanii według poziomu wartości
plan-ground-scored = modelu efektu kampanii dla każdego klienta
plan-channels = Kanały z limitem
plan-limit = Udźwignie
plan-used = Niesie
plan-one_more = Miejsce dla jeszcze jednego dałoby
plan-curve = Co dałby inny budżet
plan-curve-lead = Każda kolejna kwota daje mniej niż poprzednia. Gdzie krzywa jest tak stroma jak linia przerywana, dalsze wydatki przestają się opłacać.
plan-stops = Przestaje się opłacać
plan-even = Daje tyle, ile kosztuje
plan-next = Kolejna jednostka dałaby
plan-acquisition = Ile może kosztować nowy klient
plan-acquisition-lead = Z tego, co przynieśli klienci z każdego źródła, miesiąc po miesiącu od pierwszego zakupu, zdyskontowane.
plan-won_by = Źródło
plan-first_year = Pierwszy rok
plan-seen = Tak długo, jak widać
plan-months = { $months ->
        [one] { $months } miesiąc
        [few] { $months } miesiące
       *[many] { $months } miesięcy
    }
plan-pays_back = Najwyższy koszt, który wraca w rok
plan-three = Najwyższy koszt przy trzech do jednego
plan-save = Zrób z niego segmenty
plan-saved = Segmenty jego klientów są gotowe dla kampanii; zapełnią się w ciągu minut.
plan-delete = Usuń
plan-delete-question = Usunąć ten plan? Segmenty z niego zostaną.

## On whom it works
uplift-title = Na kogo działa
uplift-lead = Kampania jednych porusza, innych zostawia takimi, jacy byli, a niektórych odstrasza. Uczy się tego z jej własnych klientów i grupy kontrolnej, a potem pyta o wszystkich.
uplift-learn = Naucz się tego
uplift-said = Warto wybierać: { $share }, których wybrałby model, przyniosło o { $chosen } więcej każdy, pozostali o { $others }. Jedno i drugie zmierzono na klientach, których nie widział.
uplift-said-nothing = Nie da się powiedzieć, kogo porusza: wybór według tego modelu nie jest na pewno lepszy od losowania. Traktuj wszystkich klientów jednakowo.
uplift-kinds = Rodzaje klientów
uplift-kind = Rodzaj
uplift-what = Co robić
uplift-persuadable = Do przekonania
uplift-persuadable-what = Kontakt na pewno się opłaca: napisz do nich.
uplift-sure = Pewni
uplift-sure-what = I tak kupią: oszczędź kontakt.
uplift-lost = Straceni
uplift-lost-what = Nic ich nie poruszy: oszczędź kontakt.
uplift-disturb = Nie przeszkadzać
uplift-disturb-what = Kontakt na pewno szkodzi: zostaw ich w spokoju.
uplift-models = Jak dobrze to wiadomo
uplift-model = Model
uplift-best = najlepszy
uplift-two_models = Dwa modele
uplift-x_learner = Dwa modele uczące się od siebie
uplift-forest = Las
uplift-chosen = Efekt u wybranych
uplift-others = Efekt u pozostałych
uplift-gain = Zysk ponad losowanie
uplift-qini = Współczynnik Qini
uplift-auuc = Pole pod krzywą
uplift-save = Zrób z tego segmenty
uplift-saved = Segmenty czterech rodzajów są gotowe; zapełnią się w ciągu minut.
