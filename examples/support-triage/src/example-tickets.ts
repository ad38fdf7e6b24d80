import type { Ticket } from './ticket.ts'

export const EXAMPLE_TICKETS: readonly Ticket[] = [
  {
    id: 'T-1001',
    subject: 'Charged twice',
    body: 'My card shows two payments of 49.90 for order 51873. Please send one of them back.',
    language: 'en',
    channel: 'email',
  },
  {
    id: 'T-1002',
    subject: 'Paket fehlt',
    body: 'Laut Sendungsverfolgung wurde mein Paket gestern zugestellt, hier ist aber nichts angekommen.',
    language: 'de',
    channel: 'form',
  },
  {
    id: 'T-1003',
    subject: 'cannot log in',
    body: 'reset link says expired every time, i need the invoice from my account today',
    language: 'en',
    channel: 'chat',
  },
  {
    id: 'T-1004',
    subject: 'Darme de baja',
    body: 'Quiero cancelar la suscripción antes de que se renueve el viernes.',
    language: 'es',
    channel: 'phone',
  },
]
