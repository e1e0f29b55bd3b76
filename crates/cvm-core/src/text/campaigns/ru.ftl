campaigns-unsubscribe = Отписаться
campaigns-unsubscribe-text = Вы больше не будете получать такие сообщения этим путём.
campaigns-unsubscribed = Вы отписались
campaigns-unsubscribed-text = Мы больше не будем присылать такие сообщения. То, что уже в пути, может ещё прийти.
