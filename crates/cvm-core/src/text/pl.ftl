# Polszczyzna działu marketingu: rzeczowo, bez kalek. Liczba w nawiasie klamrowym wybiera też formę liczby mnogiej.

## Odcinki czasu
span-today = dzisiaj
span-ago = { $unit ->
    [day] { $count ->
        [one] { $count } dzień temu
       *[other] { $count } dni temu
    }
    [week] { $count ->
        [one] { $count } tydzień temu
        [few] { $count } tygodnie temu
       *[other] { $count } tygodni temu
    }
    [month] { $count ->
        [one] { $count } miesiąc temu
        [few] { $count } miesiące temu
       *[other] { $count } miesięcy temu
    }
   *[year] { $count ->
        [one] { $count } rok temu
        [few] { $count } lata temu
       *[other] { $count } lat temu
    }
}
span-every = { $unit ->
    [day] { $count ->
        [one] codziennie
       *[other] co { $count } dni
    }
    [week] { $count ->
        [one] co tydzień
        [few] co { $count } tygodnie
       *[other] co { $count } tygodni
    }
    [month] { $count ->
        [one] co miesiąc
        [few] co { $count } miesiące
       *[other] co { $count } miesięcy
    }
   *[year] { $count ->
        [one] co rok
        [few] co { $count } lata
       *[other] co { $count } lat
    }
}
span-for = { $unit ->
    [day] { $count ->
        [one] od { $count } dnia
       *[other] od { $count } dni
    }
    [week] { $count ->
        [one] od { $count } tygodnia
       *[other] od { $count } tygodni
    }
    [month] { $count ->
        [one] od { $count } miesiąca
       *[other] od { $count } miesięcy
    }
   *[year] { $count ->
        [one] od { $count } roku
       *[other] od { $count } lat
    }
}
span-next = { $unit ->
    [day] { $count ->
        [one] w ciągu najbliższego dnia
       *[other] w ciągu najbliższych { $count } dni
    }
    [week] { $count ->
        [one] w ciągu najbliższego tygodnia
       *[other] w ciągu najbliższych { $count } tygodni
    }
    [month] { $count ->
        [one] w ciągu najbliższego miesiąca
       *[other] w ciągu najbliższych { $count } miesięcy
    }
   *[year] { $count ->
        [one] w ciągu najbliższego roku
       *[other] w ciągu najbliższych { $count } lat
    }
}

## Dlaczego klient jest tu, gdzie jest
reason-new = nowy: pierwszy zakup { $since }
reason-once = jeden zakup, { $since }
reason-on_time = kupuje { $every }, ostatnio { $since }
reason-silent = kupował { $every }, milczy { $silent }
reason-returned = zwrócił tyle, ile kupił
reason-spend_high = { $times ->
    [one] wydaje { $times } raz tyle co przeciętny klient
   *[other] wydaje { $times } razy tyle co przeciętny klient
}
reason-spend_low = wydaje najwyżej połowę tego co przeciętny klient
reason-join = { $rhythm }; { $spend }

## Segmenty RFM i co z nimi zrobić
segment-champions = Najlepsi klienci
segment-loyal = Lojalni
segment-potential_loyalists = Na drodze do lojalności
segment-new_customers = Nowi klienci
segment-promising = Obiecujący
segment-need_attention = Wymagający uwagi
segment-about_to_sleep = Zasypiający
segment-at_risk = Zagrożeni odejściem
segment-cannot_lose = Nie możemy ich stracić
segment-hibernating = Uśpieni
segment-lost = Utraceni
action-champions = Podziękuj, poproś o opinie i polecenia. Nowości pokazuj im najpierw; rabatów nie dawaj, kupują w pełnej cenie.
action-loyal = Zaproponuj produkt z wyższej półki i korzyści lojalnościowe rosnące z wydatkami. Zapytaj, czego brakuje im w ofercie.
action-potential_loyalists = Pomóż utrwalić nawyk: polecaj produkty pasujące do ostatnich zakupów i zaproś do programu lojalnościowego.
action-new_customers = Przywitaj ich i pomóż skorzystać z zakupu. Rozstrzyga drugi zakup, więc daj do niego powód w ciągu kilku tygodni.
action-promising = Bądź w kontakcie: przydatne treści i drobna, ograniczona w czasie zachęta do powrotu.
action-need_attention = Przypomnij się osobistą ofertą opartą na wcześniejszych zakupach, zanim nawyk zaniknie.
action-about_to_sleep = Wyślij przypomnienie z popularnymi produktami albo niewielki rabat; bez odpowiedzi nie ponawiaj.
action-at_risk = Odzyskaj ich osobistą wiadomością i dobrą ofertą; zapytaj, co poszło nie tak.
action-cannot_lose = Zadzwoń albo napisz osobiście; należeli do najlepszych. Ustal, dlaczego odeszli, i złóż ofertę na miarę ich dawnej wartości.
action-hibernating = Tylko tani kontakt: sezonowe przypomnienie lub newsletter. Zanim wydasz więcej, porównaj z grupą kontrolną.
action-lost = Domyślnie nie wydawaj na nich nic; najwyżej jeden szeroki test kampanii odzyskującej.

## Poziomy wartości
tier-platinum = Platynowy
tier-gold = Złoty
tier-silver = Srebrny
tier-bronze = Brązowy

## Segmenty: nazwy pól
field-first_purchase = pierwszy zakup
field-last_purchase = ostatni zakup
field-frequency = zakupy powtórne
field-recency_days = dni od pierwszego do ostatniego zakupu
field-age_days = dni od pierwszego zakupu
field-monetary = średni zakup powtórny
field-revenue = przychód
field-returns = zwroty
field-profit = zysk
field-r_score = ocena świeżości
field-f_score = ocena częstości
field-m_score = ocena wydatków
field-rfm_segment = segment RFM
field-p_alive = prawdopodobieństwo, że nadal jest klientem
field-expected_purchases = oczekiwane zakupy
field-expected_spend = oczekiwane wydatki
field-clv = wartość życiowa klienta
field-clv_low = dolna granica wartości życiowej klienta
field-clv_high = górna granica wartości życiowej klienta
field-clv_simple = prosta wartość życiowa klienta
field-value_tier = poziom wartości
field-cluster = klaster
field-reason = uzasadnienie
field-first_seen_at = pierwszy kontakt
field-last_seen_at = ostatni kontakt
field-city = miasto
field-country = kraj
field-language = język
field-gender = płeć
field-birthday = data urodzenia
field-created_at = założenie konta
field-email = adres e-mail
field-phone = numer telefonu
field-category = kategoria
field-product = produkt
field-channel = kanał
field-source = źródło
field-coupon = kupon
field-amount = kwota
field-quantity = ilość

## Segmenty: co ktoś zrobił
funnel-products_searched = wyszukiwanie produktów
funnel-product_list_viewed = obejrzenie listy produktów
funnel-product_list_filtered = filtrowanie listy produktów
funnel-promotion_viewed = obejrzenie promocji
funnel-promotion_clicked = kliknięcie promocji
funnel-product_clicked = kliknięcie produktu
funnel-product_viewed = obejrzenie produktu
funnel-product_added_to_wishlist = dodanie produktu do listy życzeń
funnel-product_added = włożenie produktu do koszyka
funnel-product_removed = wyjęcie produktu z koszyka
funnel-cart_viewed = obejrzenie koszyka
funnel-coupon_entered = wpisanie kuponu
funnel-coupon_applied = przyjęcie kuponu
funnel-coupon_denied = odrzucenie kuponu
funnel-coupon_removed = usunięcie kuponu
funnel-checkout_started = rozpoczęcie zamówienia
funnel-checkout_step_viewed = obejrzenie kroku zamówienia
funnel-checkout_step_completed = ukończenie kroku zamówienia
funnel-payment_info_entered = podanie danych płatności
funnel-order_completed = złożenie zamówienia
funnel-order_updated = zmiana zamówienia
funnel-order_refunded = zwrot pieniędzy
funnel-order_cancelled = anulowanie zamówienia
funnel-product_reviewed = ocena produktu
rule-purchase = zakup
rule-visit = wizyta
rule-event = zdarzenie { $name }
rule-page = obejrzenie strony { $name }
rule-screen = obejrzenie ekranu { $name }
rule-with = { $event } ({ $conditions })
rule-did = { $event }: { $details }
rule-details = { $first }, { $second }
rule-times-at_least = { $count ->
    [one] co najmniej raz
    [few] co najmniej { $count } razy
   *[other] co najmniej { $count } razy
}
rule-times-at_most = { $count ->
    [one] najwyżej raz
    [few] najwyżej { $count } razy
   *[other] najwyżej { $count } razy
}
rule-times-exactly = { $count ->
    [one] dokładnie raz
    [few] dokładnie { $count } razy
   *[other] dokładnie { $count } razy
}
rule-never = ani razu
rule-when-last = { $days ->
    [one] w ciągu ostatniego dnia
    [few] w ciągu ostatnich { $days } dni
   *[other] w ciągu ostatnich { $days } dni
}
rule-when-between = od { $from } do { $to }
rule-spending-at_least = wydatki co najmniej { $amount }
rule-spending-at_most = wydatki najwyżej { $amount }
rule-then = { $first }, potem { $second }
rule-sequence = { $days ->
    [one] { $steps }, każde w ciągu { $days } dnia od poprzedniego
    [few] { $steps }, każde w ciągu { $days } dni od poprzedniego
   *[other] { $steps }, każde w ciągu { $days } dni od poprzedniego
}
rule-not_followed = { $days ->
    [one] { $first } co najmniej { $days } dzień temu, a od tego czasu brak: { $then }
    [few] { $first } co najmniej { $days } dni temu, a od tego czasu brak: { $then }
   *[other] { $first } co najmniej { $days } dni temu, a od tego czasu brak: { $then }
}

## Segmenty: warunki
rule-quoted = „{ $text }”
rule-true = tak
rule-false = nie
rule-equals = { $field } to { $value }
rule-one_of = { $field } to jedno z: { $values }
rule-contains = { $field } zawiera { $value }
rule-starts_with = { $field } zaczyna się od { $value }
rule-above = { $field } powyżej { $value }
rule-at_least = { $field } co najmniej { $value }
rule-below = { $field } poniżej { $value }
rule-at_most = { $field } najwyżej { $value }
rule-between = { $field } od { $low } do { $high }
rule-on = { $field }: { $date }
rule-before = { $field } przed { $date }
rule-after = { $field } po { $date }
rule-in_last_days = { $days ->
    [one] { $field } w ciągu ostatniego dnia
    [few] { $field } w ciągu ostatnich { $days } dni
   *[other] { $field } w ciągu ostatnich { $days } dni
}
rule-more_than_days_ago = { $days ->
    [one] { $field } ponad { $days } dzień temu
    [few] { $field } ponad { $days } dni temu
   *[other] { $field } ponad { $days } dni temu
}
rule-in_next_days = { $days ->
    [one] { $field } w ciągu następnego dnia
    [few] { $field } w ciągu następnych { $days } dni
   *[other] { $field } w ciągu następnych { $days } dni
}
rule-birthday_in_days = { $days ->
    [one] rocznica ({ $field }) w ciągu następnego dnia
    [few] rocznica ({ $field }) w ciągu następnych { $days } dni
   *[other] rocznica ({ $field }) w ciągu następnych { $days } dni
}
rule-is_set = { $field }: znane
rule-is_not_set = { $field }: nieznane
rule-any_channel = dowolny kanał
rule-consent-granted = zgoda na { $purpose } ({ $channel }): udzielona
rule-consent-denied = zgoda na { $purpose } ({ $channel }): odmówiona
rule-consent-unknown = zgoda na { $purpose } ({ $channel }): brak informacji
rule-segment = w segmencie { $name }
rule-sql = warunek SQL { $sql }
rule-and = { $first }, a także { $second }
rule-or = { $first }, lub { $second }
rule-group = ({ $condition })
rule-not = nie: { $condition }

## Segmenty: gotowe
ready-champions = Mistrzowie
ready-valuable_at_risk = Wartościowi i zagrożeni odejściem
ready-new = Nowi klienci
ready-one_time = Kupujący jeden raz
ready-unprofitable = Przynoszący stratę
ready-would_be_vip = Przyszli najlepsi klienci
ready-sleeping = Uśpieni

## Wiersze pominięte
problem-no_customer = Brak klienta
problem-unreadable_time = Nieczytelna data
problem-no_time = Brak daty
problem-not_a_number = Kwota nie jest liczbą
problem-no_amount = Brak kwoty
problem-future_date = Data w przyszłości
problem-after_as_of = Po dacie analizy
problem-duplicate = Powtórzenie wcześniejszego wiersza
problem-return_dropped = Zwrot, pominięty na życzenie
problem-other_currency = Inna waluta
problem-wrong_columns = Za dużo lub za mało kolumn
problem-unreadable_text = Nieczytelne kodowanie tekstu

## Kolumny pliku
role-customer = Klient
role-time = Data
role-amount = Kwota
role-quantity = Ilość
role-unit_price = Cena jednostkowa
role-order = Zamówienie
role-product = Produkt
role-category = Kategoria
role-channel = Kanał
role-currency = Waluta
role-cost = Koszt
found-name = po nazwie
found-content = po zawartości
found-flag = zgodnie z opcją
found-only = jedyna pasująca

## Czym wyróżnia się grupa
trait-days_since_last-above = { $typical ->
    [one] ostatni zakup { $typical } dzień temu (ogół klientów: { $base })
   *[other] ostatni zakup { $typical } dni temu (ogół klientów: { $base })
}
trait-days_since_last-below = { $typical ->
    [one] niedawny zakup: { $typical } dzień temu (ogół klientów: { $base })
   *[other] niedawny zakup: { $typical } dni temu (ogół klientów: { $base })
}
trait-purchases-above = { $typical ->
    [one] kupują często: { $typical } zakup (ogół klientów: { $base })
    [few] kupują często: { $typical } zakupy (ogół klientów: { $base })
    [many] kupują często: { $typical } zakupów (ogół klientów: { $base })
   *[other] kupują często: { $typical } zakupu (ogół klientów: { $base })
}
trait-purchases-below = { $typical ->
    [one] kupują rzadko: { $typical } zakup (ogół klientów: { $base })
    [few] kupują rzadko: { $typical } zakupy (ogół klientów: { $base })
    [many] kupują rzadko: { $typical } zakupów (ogół klientów: { $base })
   *[other] kupują rzadko: { $typical } zakupu (ogół klientów: { $base })
}
trait-order_value-above = duże zamówienia: { $typical } (ogół klientów: { $base })
trait-order_value-below = małe zamówienia: { $typical } (ogół klientów: { $base })
trait-age_days-above = { $typical ->
    [one] klienci od dawna: { $typical } dzień (ogół klientów: { $base })
   *[other] klienci od dawna: { $typical } dni (ogół klientów: { $base })
}
trait-age_days-below = { $typical ->
    [one] klienci od niedawna: { $typical } dzień (ogół klientów: { $base })
   *[other] klienci od niedawna: { $typical } dni (ogół klientów: { $base })
}
trait-interval_days-above = { $typical ->
    [one] długie przerwy między zakupami: { $typical } dzień (ogół klientów: { $base })
   *[other] długie przerwy między zakupami: { $typical } dni (ogół klientów: { $base })
}
trait-interval_days-below = { $typical ->
    [one] krótkie przerwy między zakupami: { $typical } dzień (ogół klientów: { $base })
   *[other] krótkie przerwy między zakupami: { $typical } dni (ogół klientów: { $base })
}

## Ostrzeżenia
warning-no_holdout = Dane obejmują zbyt krótki okres, by odłożyć ich część do sprawdzenia, więc nic nie mówi, jak dobra jest prognoza. Traktuj ją jako pierwsze przybliżenie.
warning-bias_above = Na zakupach, których nie znał, model przewidział o { $share } za dużo. O tyle samo mogą być zawyżone prognozy.
warning-bias_below = Na zakupach, których nie znał, model przewidział o { $share } za mało. O tyle samo mogą być zaniżone prognozy.
warning-coverage = W granicach, które miały objąć 90% klientów, zmieściło się { $share }. Granice dla pojedynczych klientów traktuj ostrożnie.
warning-spend_depends = Klienci kupujący częściej wydają też inne kwoty na zakup (korelacja { $correlation }), a model wydatków zakłada, że tak nie jest. Wartość najczęściej kupujących jest mniej pewna.
warning-few_repeat = { $customers ->
    [one] Tylko { $customers } klient kupił więcej niż raz: za mało, by poznać nawyki.
    [few] Tylko { $customers } klientów kupiło więcej niż raz: za mało, by poznać nawyki.
   *[other] Tylko { $customers } klientów kupiło więcej niż raz: za mało, by poznać nawyki.
}
warning-many_problems = Nie udało się wykorzystać { $share } wierszy. Zanim zaufasz sumom, sprawdź dlaczego.
warning-no_costs = Nie ma ani kolumny kosztów, ani marży, więc wartość oznacza tu przychód, nie zysk.
warning-identical_rows = { $rows ->
    [one] { $rows } wiersz jest we wszystkich kolumnach taki sam jak wcześniejszy. Pozostał w danych, bo może być prawdziwy.
    [few] { $rows } wiersze są we wszystkich kolumnach takie same jak wcześniejsze. Pozostały w danych, bo mogą być prawdziwe.
   *[other] { $rows } wierszy jest we wszystkich kolumnach takich samych jak wcześniejsze. Pozostały w danych, bo mogą być prawdziwe.
}
warning-no_spend_model = Nie udało się dopasować modelu wydatków. Zastępuje go własna średnia klienta, przyciągnięta do średniej ogółu.
warning-weak_prior = Dane nie rozstrzygają jednego z parametrów modelu { $model }, na przykład gdy prawie nikt nie wydaje się odchodzić. Przyjęto słabe założenie, więc odległą przyszłość traktuj ostrożnie.
warning-few_covariates = { $share } klientów nie ma wiersza w pliku z cechami, więc modele wiedzą o nich tylko tyle, ile mówią zakupy.
warning-no_model = Nie udało się dopasować modelu zakupów, więc nie ma prognozy. Pokazano to, co już się wydarzyło.

## Kolumny klienta
column-customer_id = Klient, jak w pliku
column-first_purchase = Lokalny dzień pierwszego zakupu
column-last_purchase = Lokalny dzień ostatniego zakupu
column-frequency = Zakupy powtórne: dni z dodatnim saldem, bez pierwszego
column-recency_days = Dni od pierwszego zakupu do ostatniego
column-age_days = Dni od pierwszego zakupu do daty analizy
column-monetary = Średnia kwota netto zakupów powtórnych; puste, gdy ich nie ma
column-revenue = Dotychczasowy przychód po odjęciu zwrotów
column-returns = Dotychczasowe zwroty i anulowania, jako kwota dodatnia
column-profit = Dotychczasowa marża: przychód minus koszty, jeśli są w pliku, w przeciwnym razie przychód × marża; puste, gdy nie znamy ani kosztów, ani marży
column-r_score = Ocena świeżości od 1 do 5; 5 to ostatnio kupujący
column-f_score = Ocena częstości od 1 do 5; 5 to kupujący najczęściej
column-m_score = Ocena wydatków od 1 do 5; 5 to wydający łącznie najwięcej
column-rfm_segment = Jeden z jedenastu segmentów RFM
column-p_alive = Prawdopodobieństwo, że w dacie analizy nadal jest klientem
column-expected_purchases = Zakupy oczekiwane w horyzoncie prognozy
column-expected_spend = Przychód oczekiwany w horyzoncie prognozy, bez dyskonta
column-clv = Wartość życiowa klienta: oczekiwana marża w horyzoncie prognozy, zdyskontowana
column-clv_low = Poniżej leży 5% możliwych wyników, z uwzględnieniem przypadku; puste bez niepewności
column-clv_high = Powyżej leży 5% możliwych wyników, z uwzględnieniem przypadku; puste bez niepewności
column-clv_simple = Średnia wartość zamówienia × zakupy w roku × czas życia bazy, × marża
column-value_tier = Według CLV: platynowy (najlepsze 5%), złoty (kolejne 15%), srebrny (kolejne 30%), brązowy
column-cluster = Grupa według zachowań, 1 to najcenniejsza; puste, gdy grup nie znaleziono
column-reason = Uzasadnienie słowami

## Raport: rama
report-title = Raport o wartości klientów
report-as_of = Stan na { $date }
report-period = Zakupy od { $from } do { $to }
report-rows = Wykorzystano { $used } z { $read } wierszy
report-contents = Spis treści
report-skip = Przejdź do raportu
report-show_table = Pokaż jako tabelę
report-made_by = Przygotował OpenCVM { $version }. Wszystko policzono tam, gdzie są dane; ten plik niczego nie pobiera z sieci.
report-scroll = { $table } (tabela przewijana w bok)
interval-between = od { $low } do { $high }
interval-90 = 90%: od { $low } do { $high }
interval-caption = Cieniowanie: tu wypada 9 wyników na 10

## Najważniejsze liczby
kpi-clv = Wartość życiowa klientów
kpi-clv-note = marża { $horizon }, zdyskontowana
kpi-clv-note-revenue = przychód { $horizon }, zdyskontowany
kpi-expected_revenue = Oczekiwany przychód
kpi-expected_purchases = Oczekiwane zakupy
kpi-active = Nadal klienci
kpi-active-note = { $share } z { $customers }
kpi-customers = Klienci
kpi-customers-note = { $share } kupiło ponownie
kpi-revenue = Przychód dotychczas
kpi-revenue-note = po odjęciu zwrotów: { $returns }
kpi-purchases = Zakupy dotychczas
kpi-purchases-note = { $count } rocznie na klienta
kpi-order_value = Średnia wartość zamówienia
kpi-order_value-note = { $count ->
    [one] { $count } zakup dotychczas
    [few] { $count } zakupy dotychczas
   *[other] { $count } zakupów dotychczas
}
kpi-clv_simple = CLV prostym wzorem
kpi-clv-simple = prostym wzorem: { $clv }

## Na ile można temu ufać
sure-title = Na ile można temu ufać?
sure-holdout = Prognozę sprawdzono na zakupach, których model nie znał (klienci: { $customers }; okres: { $from } – { $to }). Przewidziana liczba zakupów: { $predicted }, rzeczywista: { $actual }.
sure-exact = Różnica nie przekracza pół procent.
sure-above = To o { $share } za dużo.
sure-below = To o { $share } za mało.
sure-coverage = { $share } klientów wydało kwotę mieszczącą się w ich 90-procentowych granicach.
sure-total-inside = W swoich granicach zmieściły się też łączne wydatki wszystkich.
sure-total-outside = Łączne wydatki wszystkich wyszły poza swoje granice.
sure-laplace = Granice obejmują zarówno niepewność modelu, jak i zwykły przypadek: 5% wyników leży poniżej, 5% powyżej.
sure-nuts = Granice pochodzą z pełnego rozkładu a posteriori (NUTS) i obejmują zwykły przypadek: 5% wyników leży poniżej, 5% powyżej.
sure-none = Niepewność wyłączono, więc liczby podano bez granic.
sure-fine = Nic w danych nie przemawia przeciw korzystaniu z tych liczb.
sure-warnings = { $count ->
    [one] { $count } rzecz, którą trzeba wiedzieć
    [few] { $count } rzeczy, które trzeba wiedzieć
   *[other] { $count } rzeczy, które trzeba wiedzieć
}

## Rozdziały
concentration-title = Gdzie jest wartość
concentration-lead = Najlepsze 20% klientów przyniosło dotąd { $revenue } przychodu, a przypada na nie { $clv } przyszłej wartości.
concentration-chart = Udział klientów w wartości, od najmniej cennych
concentration-customers = Udział klientów
concentration-value = Udział w wartości
concentration-equal = Po równo
concentration-gini = Współczynnik Giniego
concentration-top20 = Udział najlepszych 20%
concentration-past = Przychód dotychczas
concentration-future = Przyszła wartość
monthly-title = Przychód według miesięcy
monthly-lead = Po odjęciu zwrotów. Miesiące objęte danymi tylko częściowo są jaśniejsze.
monthly-average = W ostatnich pełnych miesiącach (liczba: { $count }) przychód wynosił średnio { $revenue } miesięcznie.
monthly-new = Nowi klienci
monthly-active = Klienci, którzy kupili
monthly-partial = częściowo
rfm-title = Świeżość i częstość
rfm-lead = Każdy klient ma ocenę od 1 do 5 za to, jak niedawno i jak często kupował. Im mocniejszy kolor pola, tym więcej w nim przyszłej wartości.
rfm-recency = Ocena świeżości
rfm-frequency = Ocena częstości
rfm-cell = { $customers ->
    [one] { $customers } klient
   *[other] { $customers } klientów
}
rfm-empty = brak
segments-title = Segmenty i co z nimi zrobić
segments-lead = Segmenty od najcenniejszego. Pasek pokazuje udział w przyszłej wartości.
segments-action = Co zrobić
tiers-title = Poziomy wartości
tiers-lead = Klienci uszeregowani według przyszłej wartości: platynowy to najlepsze 5%, złoty kolejne 15%, srebrny kolejne 30%, brązowy reszta.
tiers-chart = Udział klientów i wartości według poziomów
clusters-title = Grupy wykryte w zachowaniach
clusters-lead = Znalezione w danych, bez zadanych reguł. Każdą opisuje to, co odróżnia ją od ogółu: wartości typowe, a w nawiasie te dla wszystkich klientów.
clusters-name = Grupa { $number }
clusters-none = Nie znaleziono grup: baza jest za mała albo zbyt jednolita.
clusters-ordinary = pod każdym względem blisko średniej
cohorts-title = Kto wraca
cohorts-lead = Klienci według miesiąca pierwszego zakupu i to, ilu na stu z nich kupiło ponownie w kolejnych miesiącach.
cohorts-month = Pierwszy zakup
cohorts-after = Miesiące od pierwszego zakupu
cohorts-all = Ogółem
leaving-title = Odchodzą, a warto zadzwonić
leaving-lead = Klienci o dużej dotychczasowej wartości, którzy prawdopodobnie odeszli; najpierw największa strata.
leaving-none = Wygląda na to, że żaden klient o dużej wartości nie odchodzi.
best-title = Najcenniejsi klienci
best-lead = Najwyższa przyszła wartość wraz z granicami, w których każdy z nich zmieści się 9 razy na 10.
profit-title = Kto kosztuje więcej, niż przynosi
profit-lead = { $customers ->
    [one] { $customers } klient przynosi stratę, łącznie { $loss }; zysk ze wszystkich klientów to { $total }.
   *[other] { $customers } klientów przynosi stratę, łącznie { $loss }; zysk ze wszystkich klientów to { $total }.
}
profit-lead-none = Żaden klient nie przynosi straty; zysk ze wszystkich to { $total }.
profit-unknown = Koszty nie są znane. Wskaż w pliku kolumnę kosztów (koszt jednostkowy lub koszt obsługi), a zobaczysz, którzy klienci kosztują więcej, niż przynoszą.
profit-chart = Udział w łącznym zysku, od najbardziej zyskownego klienta
profit-share = Udział w zysku
profit-column = Zysk dotychczas
distribution-title = Jak rozkłada się wartość
distribution-lead = Ilu klientów mieści się w każdym przedziale przyszłej wartości.
validation-title = Prognoza a rzeczywistość
validation-lead = Modele znały zakupy do { $calibration } i przewidywały następne, do { $holdout }. Najlepszy z nich albo ich połączenie dopasowano potem do wszystkich danych.
validation-none = Dane obejmują zbyt krótki okres, by odłożyć ich część do sprawdzenia.
validation-candidates = Sprawdzone modele
validation-by_frequency = Zakupy w okresie testowym według wcześniejszych zakupów powtórnych
validation-by_frequency-axis = Wcześniejsze zakupy powtórne
validation-tracking = Narastająca liczba zakupów powtórnych według tygodni
validation-week = Tydzień
validation-holdout = okres testowy
validation-actual = Rzeczywistość
validation-predicted = Prognoza
validation-total = Wydatki wszystkich klientów w okresie testowym
validation-coverage = W swoich granicach zmieściło się { $inside } klientów (powinno { $nominal }), powyżej nich wypadło { $above }.
validation-model = Model
validation-mae = Średni błąd na klienta
validation-rmse = Pierwiastek błędu średniokwadratowego
validation-difference = Różnica
validation-likelihood = Logarytm wiarygodności
validation-weight = Waga
validation-chosen = w użyciu
validation-failed = niedopasowany
models-title = Model i ustawienia
models-lead = Dopasowane parametry, oznaczone jak w literaturze, z błędami standardowymi.
models-fitted = { $customers ->
    [one] Dopasowano do { $customers } klienta, logarytm wiarygodności { $likelihood }.
   *[other] Dopasowano do { $customers } klientów, logarytm wiarygodności { $likelihood }.
}
models-none = Nie dopasowano żadnego modelu.
models-parameter = Parametr
models-estimate = Oszacowanie
models-error = Błąd standardowy
setting = Ustawienie
setting-value = Wartość
setting-model = Model prognozy
setting-horizon = Horyzont
setting-discount = Dyskonto roczne
setting-margin = Marża na przychodzie
setting-margin-costs = z kosztów w pliku
setting-uncertainty = Niepewność
setting-uncertainty-laplace = przybliżenie Laplace’a
setting-uncertainty-nuts = pełny rozkład a posteriori (NUTS)
setting-uncertainty-none = wyłączona
setting-timezone = Strefa czasowa
setting-currency = Waluta
setting-currency-none = nie podano
data-title = Dane i sposób ich odczytania
data-lead = Wczytane wiersze: { $read }, wykorzystane: { $used }.
data-files = Pliki
data-role = Znaczenie
data-column = Kolumna
data-format = Zapis
data-found = Rozpoznano
data-columns = Kolumny
data-problems = Wiersze pominięte
data-problems-none = Wykorzystano wszystkie wiersze.
data-reason = Przyczyna
data-rows = Wiersze
data-share = Udział we wszystkich wierszach
glossary-title = Pojęcia i kolumny
glossary-terms = Pojęcia
glossary-columns = Kolumny tabeli klientów
glossary-term = Pojęcie
glossary-name = Kolumna
glossary-meaning = Znaczenie
term-clv = CLV
term-clv-meaning = Wartość życiowa klienta: marża, jakiej można się po nim spodziewać w horyzoncie prognozy, przy czym każda późniejsza kwota jest sprowadzona do dzisiejszej wartości.
term-alive = P(aktywny)
term-alive-meaning = Prawdopodobieństwo, że klient nie odszedł na dobre. W sklepie nikt się nie żegna, więc wnioskujemy o tym z milczenia, mierzonego własnym nawykiem klienta.
term-rfm = RFM
term-rfm-meaning = Świeżość, częstość i wydatki (recency, frequency, monetary), każde oceniane od 1 do 5 według piątych części bazy.
term-interval = Granice 90%
term-interval-meaning = 5% wyników wypada poniżej dolnej granicy, a 5% powyżej górnej, z uwzględnieniem przypadku. Pojedynczego klienta trudno przewidzieć, więc jego granice są szerokie; granice dla całej bazy są wąskie.
term-holdout = Test na odłożonych danych
term-holdout-meaning = Ostatnią część danych ukrywa się przed modelem, który musi ją przewidzieć. Pokazany błąd jest więc błędem prawdziwej prognozy.
term-gini = Współczynnik Giniego
term-gini-meaning = 0, gdy wszyscy klienci są warci tyle samo; 1, gdy jeden klient ma wszystko.

## Kolumny tabel
table-customer = Klient
table-segment = Segment
table-tier = Poziom
table-group = Grupa
table-customers = Klienci
table-share-customers = Udział klientów
table-revenue = Przychód dotychczas
table-clv = CLV
table-clv-share = Udział w CLV
table-clv-each = CLV na klienta
table-alive = P(aktywny)
table-purchases = Zakupy
table-purchases-each = Zakupy na klienta
table-since = Dni od ostatniego
table-last = Ostatni zakup
table-from = Od
table-to = Do
table-month = Miesiąc
table-range = Granice 90%
table-what = Jacy są
table-figure = Wielkość

## What else is known of customers
covariates-title = Co jeszcze wiadomo o klientach
covariates-lead = Jak kupują i odchodzą klienci o danych cechach przy innych cechach równych, według modelu { $model }. Każdy wiersz porównano z pierwszym w jego kolumnie.
covariates-lead-unused = Żaden model z tymi kolumnami nie prognozuje: na odłożonych danych nie był lepszy niż modele bez nich albo nie było na czym tego sprawdzić.
covariates-matched = Klienci z wierszem w pliku: { $matched } z { $customers }. Pozostali liczą się jako klienci bez wartości.
covariates-rows = Niewykorzystane wiersze pliku: klientów bez zakupów { $other }, nieczytelne lub bez klienta { $unusable }.
covariates-without = Klienci bez wartości: { $columns }. W kolumnie z tekstem tworzą osobną grupę, jeśli jest ich dość; w kolumnie z liczbami przyjęto dla nich środek.
covariates-coarsened = Podzielono na mniej wartości, aby grup klientów było niewiele: { $columns }.
covariates-column = Kolumna
covariates-level = Wartość
covariates-other = inne wartości
covariates-missing = brak wartości
covariates-first = z tym porównano pozostałe
covariates-buying = Kupuje, ile razy tak często
covariates-leaving = Odchodzi, ile razy tak łatwo
covariates-words = Słowami
covariates-buys-more = kupuje o { $share } częściej
covariates-buys-less = kupuje o { $share } rzadziej
covariates-buys-same = bez wyraźnej różnicy w częstości zakupów
covariates-leaves-more = odchodzi o { $share } łatwiej
covariates-leaves-less = odchodzi o { $share } trudniej
covariates-leaves-same = bez wyraźnej różnicy w odchodzeniu
covariates-same = bez wyraźnej różnicy
covariates-join = { $buys }; { $leaves }
covariates-left_out = Kolumny niewykorzystane
left_out-empty = nie ma wartości
left_out-all_the_same = taka sama u wszystkich klientów
left_out-all_different = inna u prawie każdego klienta
left_out-dates = zawiera daty
left_out-too_many_columns = tyle kolumn, ile można użyć, mówi zapewne więcej
left_out-too_many_groups = za dużo grup klientów razem z nią
summary-covariates = Cechy klientów
summary-covariates-left_out = niewykorzystane

## Podsumowanie w terminalu
summary-models = Prognozuje { $model }; test na nieznanych zakupach (klienci: { $customers }): prognoza { $predicted }, w rzeczywistości { $actual } ({ $error }).
summary-model-untested = Prognozuje { $model }, bez sprawdzenia: dane obejmują zbyt krótki okres.
summary-segments = Czołowe segmenty
summary-segment = klienci: { $customers }, CLV { $clv } ({ $share })
summary-problems = Wiersze pominięte
summary-warnings = Ostrzeżenia
summary-sure = Test

## Co mówi trwające zadanie
step-look = Przeglądanie plików
step-read = Wczytywanie
step-choose = Porównywanie modeli
step-fit = Dopasowywanie modelu
step-score = Prognoza dla każdego klienta
step-write = Zapisywanie wyników
step-owners = Ustalanie, czyj jest każdy identyfikator
step-orders = Podsumowywanie zamówień
step-values = Zapisywanie wartości
step-make = Tworzenie klientów
terminal-columns = Wczytane kolumny

## Umowy: wiersze, kolumny, okresy
problem-no_end = Zakończona, ale bez daty końca
problem-end_before_start = Kończy się przed początkiem
problem-unreadable_status = Ani aktywna, ani zakończona
problem-no_tenure = Brak stażu albo nie jest liczbą
role-start = Początek
role-end = Koniec
role-tenure = Staż
role-observed = Okresy obserwacji
role-churned = Aktywna czy zakończona
role-value = Wartość na okres
periods = { $unit ->
    [week] { $count ->
        [one] { $count } tydzień
        [few] { $count } tygodnie
        [many] { $count } tygodni
       *[other] { $count } tygodnia
    }
    [month] { $count ->
        [one] { $count } miesiąc
        [few] { $count } miesiące
        [many] { $count } miesięcy
       *[other] { $count } miesiąca
    }
    [year] { $count ->
        [one] { $count } rok
        [few] { $count } lata
        [many] { $count } lat
       *[other] { $count } roku
    }
   *[period] { $count ->
        [one] { $count } okres
        [few] { $count } okresy
        [many] { $count } okresów
       *[other] { $count } okresu
    }
}
period-name = { $unit ->
    [week] Tydzień
    [month] Miesiąc
    [year] Rok
   *[period] Okres
}
period-days = { $count ->
    [one] { $count } dzień
   *[other] { $count } dni
}
contract-new = nowa, jeszcze przed pierwszym odnowieniem; odnawia { $share } takich umów
contract-active = staż: { $tenure }; następnym razem odnawia { $share } takich umów
contract-ended = zakończona; staż: { $tenure }
contract-column-customer_id = Klient, jak w pliku
contract-column-start = Pierwszy dzień umowy; puste, gdy plik nie ma dat
contract-column-tenure_periods = Okresy od początku do końca umowy lub obserwacji
contract-column-active = Czy umowa była aktywna na koniec obserwacji
contract-column-renewals = Dotychczasowe odnowienia
contract-column-p_renew_next = Prawdopodobieństwo następnego odnowienia; 0 dla umowy zakończonej
contract-column-expected_remaining_periods = Okresy oczekiwane w horyzoncie, bez dyskontowania
contract-column-residual_value = Oczekiwana marża w horyzoncie, zdyskontowana; puste bez kolumny wartości
contract-column-reason = Dlaczego, słowami

## Umowy: ostrzeżenia
retention-warning-no_holdout = Widać zbyt mało okresów, by odłożyć część na próbę, więc nic nie pokazuje, jak dobrze krzywa przewiduje. Traktuj projekcję jako pierwszy szacunek.
retention-warning-poor_fit = W { $share } widzianych okresów krzywa leży poza granicami tego, co się zdarzyło. Projekcja też może być nietrafna.
retention-warning-few_losses = { $contracts ->
    [one] Zakończyła się tylko { $contracts } umowa: za mało, by poznać, kiedy klienci odchodzą.
    [few] Zakończyły się tylko { $contracts } umowy: za mało, by poznać, kiedy klienci odchodzą.
   *[other] Zakończyło się tylko { $contracts } umów: za mało, by poznać, kiedy klienci odchodzą.
}
retention-warning-extrapolated = { $seen ->
    [one] Horyzont sięga ponad dwa razy dalej niż najdłuższy widziany staż ({ $seen } okres). Co leży dalej, opiera się na samym modelu.
    [few] Horyzont sięga ponad dwa razy dalej niż najdłuższy widziany staż ({ $seen } okresy). Co leży dalej, opiera się na samym modelu.
   *[other] Horyzont sięga ponad dwa razy dalej niż najdłuższy widziany staż ({ $seen } okresów). Co leży dalej, opiera się na samym modelu.
}
retention-warning-no_values = Pliki nie mówią, ile umowa przynosi w okresie, więc jest czas trwania, ale nie ma wartości. Wskaż kolumnę wartości.
retention-warning-no_margin = Nie podano marży, więc wartość oznacza tu przychód, nie zysk.
retention-warning-as_of = Za koniec obserwacji przyjęto ostatnią datę w plikach: { $date }. Jeśli pliki powstały później, podaj datę analizy; inaczej umowy wyglądają na młodsze, niż są.

## Umowy: raport
retention-title = Raport o utrzymaniu umów
retention-undated = Staż jak w pliku
retention-dates = Umowy od { $from } do { $to }
kpi-residual = Wartość pozostała
kpi-residual-note = marża aktywnych umów, zdyskontowana; horyzont: { $periods }
kpi-residual-note-revenue = przychód z aktywnych umów, zdyskontowany; horyzont: { $periods }
kpi-residual-endless = bez horyzontu: { $value }
kpi-contracts = Umowy
kpi-contracts-note = w tym zakończone: { $ended }
kpi-contracts_active = Aktywne umowy
kpi-contracts_active-note = { $share } wszystkich
kpi-churn = { $unit ->
    [week] Odejścia na tydzień
    [month] Odejścia na miesiąc
    [year] Odejścia na rok
   *[period] Odejścia na okres
}
kpi-churn-note = spośród umów, które doszły do odnowienia
kpi-lifetime = Oczekiwany czas trwania
kpi-lifetime-note = nowej umowy; horyzont: { $periods }
kpi-revenue_period = { $unit ->
    [week] Przychód na tydzień
    [month] Przychód na miesiąc
    [year] Przychód na rok
   *[period] Przychód na okres
}
kpi-revenue_period-note = ze wszystkich aktywnych umów
retention-sure-holdout = Używaną krzywą ({ $model }) dopasowano bez najdłuższych staży (odłożone: { $periods }) i kazano jej je przewidzieć. Udział odnowień różnił się średnio o { $error }.
retention-sure-bounds = Granice krzywych i wskaźników obejmują niepewność co do nich. Granice wartości pozostałej obejmują też zwykły przypadek: 5% wyników leży poniżej, 5% powyżej.
retention-sure-tenure = Umowy odróżnia tu tylko staż: dwie o tym samym stażu mają tę samą szansę odnowienia, cokolwiek innego je różni.
survival-title = Jak długo klienci zostają
survival-lead = Ze 100 nowych umów { $share } powinno być aktywnych po tym czasie: { $periods }.
survival-chart = Udział umów wciąż aktywnych
survival-seen = Widziane (Kaplan-Meier)
survival-bounds = Granice 90% tego, co widziano
survival-projected = Projekcja ({ $model })
survival-beyond = jeszcze nie widziane
renewals-title = Kto odnawia
renewals-lead = Ile z umów, które doszły do końca danego okresu, odnowiono, z granicami tego udziału.
renewals-chart = Udział odnowionych według okresu stażu
renewals-due = Doszły do odnowienia
renewals-lost = Zakończone
renewals-share = Odnowione
renewals-projected = Według krzywej
tenure-title = Wartość według stażu
tenure-lead = Aktywne umowy według ukończonych okresów. Kto jest długo, ten zwykle zostaje.
tenure-renew = Odnowi następnym razem
tenure-remaining = Okresy przed nami
tenure-residual = Wartość pozostała
tenure-share = Udział w wartości
risk-title = Zagrożone i warte telefonu
risk-lead = Aktywne umowy o największej stracie oczekiwanej przy następnym odnowieniu: szansa odejścia razy to, co przyniosłoby odnowienie.
risk-lead-no_values = Aktywne umowy, które mają najmniejszą szansę odnowienia.
risk-none = Żadna umowa nie jest aktywna.
risk-value = Wartość na okres
risk-stake = Oczekiwana strata
curves-title = Która krzywa przewiduje
curves-lead = Każdą krzywą dopasowano bez najdłuższych staży (odłożone: { $periods }) i kazano jej je przewidzieć. Używana jest ta, która łącznie najlepiej wyjaśnia krótsze i przewiduje dłuższe; przy równych rozstrzyga AIC.
curves-lead-none = Widać zbyt mało okresów, by część odłożyć; krzywą wybrano według AIC.
curves-holdout = Log-wiarygodność na odłożonych
curves-error = Średni błąd utrzymania
curve-constant = wszyscy odchodzą w jednym tempie
curve-sbg = klienci się różnią, każdy ma własne tempo
curve-bdw = klienci się różnią i zmieniają się ze stażem
setting-period = Okres umowy
setting-shape = Umowy opisane przez
shape-dates = daty początku i końca
shape-tenure = staż i status
shape-survival = okresy przetrwane z okresów obserwacji
glossary-contract_columns = Kolumny tabeli umów
term-survival = Przeżycie
term-survival-meaning = Udział umów wciąż aktywnych po danej liczbie odnowień. Umowy trwające liczą się tak długo, jak je widziano (Kaplan-Meier).
term-retention = Utrzymanie
term-retention-meaning = Udział umów odnowionych wśród tych, które doszły do końca okresu. Odejścia to reszta.
term-residual = Wartość pozostała
term-residual-meaning = Marża, którą aktywna umowa powinna przynieść od następnego odnowienia w całym horyzoncie; każda późniejsza kwota zdyskontowana na chwilę tego odnowienia.
table-share-contracts = Udział umów
