/** What the demo's customers write about. */
export const TOPICS = ['billing', 'refund', 'delivery', 'account', 'technical', 'cancellation'] as const
export type Topic = (typeof TOPICS)[number]

export const LANGUAGES = ['en', 'de', 'es'] as const
export type Language = (typeof LANGUAGES)[number]

type Sentences = readonly [string, ...string[]]

/** Problems by topic and language. `{order}`, `{product}`, `{amount}`, `{days}` and `{date}` are filled in. */
export const PROBLEMS: Readonly<Record<Topic, Readonly<Record<Language, Sentences>>>> = {
  billing: {
    en: [
      'My card was charged {amount} twice for order {order}.',
      'The invoice of {date} shows {amount}, but we had agreed on a lower price for the {product}.',
      'I need an invoice with our VAT number on it for order {order}.',
      'There is a payment of {amount} on my statement that I cannot place.',
    ],
    de: [
      'Für die Bestellung {order} wurden mir {amount} doppelt abgebucht.',
      'Auf der Rechnung vom {date} steht ein falscher Betrag: {amount} statt des vereinbarten Preises.',
      'Ich brauche für die Bestellung {order} eine Rechnung mit unserer Umsatzsteuernummer.',
    ],
    es: [
      'Me han cobrado dos veces {amount} por el pedido {order}.',
      'La factura del {date} no coincide con el precio acordado para {product}.',
      'Necesito la factura del pedido {order} con el NIF de la empresa.',
    ],
  },
  refund: {
    en: [
      'I returned the {product} {days} days ago and the {amount} have still not come back.',
      'Please refund order {order}: the {product} arrived broken.',
      'You promised me my money back on {date}, and nothing has happened since.',
      'The {product} does not fit, I want to send it back and get {amount} returned.',
    ],
    de: [
      'Ich habe {product} vor {days} Tagen zurückgeschickt und warte noch auf die Erstattung von {amount}.',
      'Bitte erstatten Sie die Bestellung {order}, die Ware kam beschädigt an.',
      'Am {date} wurde mir eine Rückzahlung zugesagt, bis heute ist nichts angekommen.',
    ],
    es: [
      'Devolví {product} hace {days} días y todavía no he recibido los {amount}.',
      'Quiero el reembolso del pedido {order}, llegó roto.',
      'El {date} me prometieron devolverme el dinero y sigo esperando.',
    ],
  },
  delivery: {
    en: [
      'Order {order} was due on {date} and has not arrived.',
      'The tracking of order {order} has not moved for {days} days.',
      'The parcel was left with a neighbour who does not exist.',
      'Half of order {order} is missing: the box held no {product}.',
    ],
    de: [
      'Die Bestellung {order} sollte am {date} kommen und ist noch nicht da.',
      'Die Sendungsverfolgung zu {order} steht seit {days} Tagen still.',
      'Im Paket fehlte {product}, der Rest der Bestellung {order} war dabei.',
    ],
    es: [
      'El pedido {order} tenía que llegar el {date} y no ha llegado.',
      'El seguimiento del pedido {order} lleva {days} días sin cambios.',
      'En el paquete faltaba {product}, lo demás del pedido {order} estaba.',
    ],
  },
  account: {
    en: [
      'I cannot sign in any more, the code never reaches my phone.',
      'Please change the e-mail address of my account, I have left that company.',
      'My account was locked after {days} attempts and the reset link has expired.',
      'Somebody else seems to use my account: I see orders that are not mine.',
    ],
    de: [
      'Ich komme nicht mehr in mein Konto, der Code kommt auf dem Handy nicht an.',
      'Bitte ändern Sie die E-Mail-Adresse meines Kontos, ich arbeite nicht mehr bei dieser Firma.',
      'Mein Konto ist gesperrt, und der Link zum Zurücksetzen ist abgelaufen.',
    ],
    es: [
      'No puedo entrar en mi cuenta, el código no llega al móvil.',
      'Cambien por favor el correo de mi cuenta, ya no trabajo en esa empresa.',
      'Mi cuenta está bloqueada y el enlace para restablecerla ha caducado.',
    ],
  },
  technical: {
    en: [
      'Since the update of {date} the {product} loses its connection every few minutes.',
      'The app closes as soon as I open the settings of the {product}.',
      'The {product} shows error 0x{order} and does not start.',
      'Export to CSV has stopped working, the file is empty.',
    ],
    de: [
      'Seit dem Update vom {date} verliert {product} alle paar Minuten die Verbindung.',
      'Die App stürzt ab, sobald ich die Einstellungen von {product} öffne.',
      'Der Export als CSV liefert seit heute nur eine leere Datei.',
    ],
    es: [
      'Desde la actualización del {date}, {product} pierde la conexión cada pocos minutos.',
      'La aplicación se cierra al abrir los ajustes de {product}.',
      'La exportación a CSV ha dejado de funcionar, el archivo sale vacío.',
    ],
  },
  cancellation: {
    en: [
      'I want to cancel my subscription to the end of the month.',
      'Please cancel order {order} before it is shipped.',
      'We are closing our office on {date} and no longer need the service.',
      'How do I end the trial of the {product} without being charged?',
    ],
    de: [
      'Ich möchte mein Abonnement zum Monatsende kündigen.',
      'Bitte stornieren Sie die Bestellung {order}, bevor sie verschickt wird.',
      'Wir schließen unser Büro am {date} und brauchen den Dienst nicht mehr.',
    ],
    es: [
      'Quiero dar de baja mi suscripción a final de mes.',
      'Cancelen por favor el pedido {order} antes de enviarlo.',
      'Cerramos la oficina el {date} y ya no necesitamos el servicio.',
    ],
  },
}

export const SUBJECTS: Readonly<Record<Topic, Readonly<Record<Language, Sentences>>>> = {
  billing: {
    en: ['Wrong amount', 'Question about my invoice', 'Payment'],
    de: ['Falscher Betrag', 'Frage zur Rechnung'],
    es: ['Importe incorrecto', 'Factura'],
  },
  refund: {
    en: ['Where is my money', 'Return', 'Refund'],
    de: ['Erstattung', 'Rücksendung'],
    es: ['Reembolso', 'Devolución'],
  },
  delivery: {
    en: ['My parcel', 'Order not here', 'Delivery'],
    de: ['Lieferung', 'Wo ist mein Paket?'],
    es: ['Mi pedido', 'Entrega'],
  },
  account: {
    en: ['Sign-in', 'My account', 'Locked out'],
    de: ['Anmeldung', 'Mein Konto'],
    es: ['Acceso', 'Mi cuenta'],
  },
  technical: {
    en: ['It does not work', 'Error', 'Problem since the update'],
    de: ['Funktioniert nicht', 'Fehler'],
    es: ['No funciona', 'Error'],
  },
  cancellation: {
    en: ['Please cancel', 'End of subscription', 'Cancellation'],
    de: ['Kündigung', 'Stornierung'],
    es: ['Baja', 'Cancelación'],
  },
}

export const OPENINGS: Readonly<Record<Language, Sentences>> = {
  en: ['Hello,', 'Hi there,', 'Good morning,', 'Dear support team,', ''],
  de: ['Guten Tag,', 'Hallo,', 'Sehr geehrte Damen und Herren,', ''],
  es: ['Hola:', 'Buenos días:', 'Estimado equipo:', ''],
}

/** Sentences that say how much it matters, calm ones first. */
export const PRESSURE: Readonly<Record<Language, Sentences>> = {
  en: [
    '',
    'No hurry, but I would like to have it settled.',
    'This is the third time I write about it.',
    'I need an answer today, our work stands still.',
    'If this is not solved by tomorrow I will go to my lawyer.',
  ],
  de: [
    '',
    'Es eilt nicht, ich hätte es nur gern geklärt.',
    'Ich schreibe Ihnen deswegen nun zum dritten Mal.',
    'Ich brauche heute eine Antwort, bei uns steht der Betrieb still.',
    'Wenn das bis morgen nicht gelöst ist, gehe ich zum Anwalt.',
  ],
  es: [
    '',
    'No corre prisa, pero quisiera dejarlo resuelto.',
    'Es la tercera vez que les escribo por esto.',
    'Necesito una respuesta hoy, tenemos el trabajo parado.',
    'Si no se resuelve mañana, acudiré a mi abogado.',
  ],
}

export const CLOSINGS: Readonly<Record<Language, Sentences>> = {
  en: ['Thanks', 'Kind regards', 'Please let me know.', ''],
  de: ['Danke', 'Mit freundlichen Grüßen', 'Bitte um Rückmeldung.', ''],
  es: ['Gracias', 'Un saludo', 'Quedo a la espera.', ''],
}

export const SECOND_PROBLEM: Readonly<Record<Language, string>> = {
  en: 'And there is something else:',
  de: 'Und noch etwas:',
  es: 'Y otra cosa:',
}

export const PRODUCTS: Sentences = [
  'Router X2',
  'Desk lamp Ona',
  'Office chair Vela',
  'Coffee machine Brio',
  'Headset Lark',
  'Tablet S10',
  'Backup plan Plus',
  'Thermostat Nilo',
]
