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
