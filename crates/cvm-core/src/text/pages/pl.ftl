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
funnels-by_source = Rozróżnij źródła
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
