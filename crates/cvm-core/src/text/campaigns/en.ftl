campaigns-unsubscribe = Unsubscribe
campaigns-unsubscribe-text = You will get no more messages of this kind by this way.
campaigns-unsubscribed = You have unsubscribed
campaigns-unsubscribed-text = We will send you no more messages of this kind. It may take a moment for what is on its way.
