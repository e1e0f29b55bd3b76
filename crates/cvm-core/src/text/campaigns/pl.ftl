campaigns-unsubscribe = Wypisz mnie
campaigns-unsubscribe-text = Nie będziesz już dostawać takich wiadomości tą drogą.
campaigns-unsubscribed = Wypisano
campaigns-unsubscribed-text = Nie wyślemy już takich wiadomości. To, co jest w drodze, może jeszcze dotrzeć.
