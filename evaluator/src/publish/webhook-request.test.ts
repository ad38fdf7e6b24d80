import { describe, expect, test } from 'vitest'
import { webhookHeaders } from './webhook-request.ts'

describe('the signature of a webhook', () => {
  test("is the one of the specification's own example", () => {
    const headers = webhookHeaders(
      { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' },
      { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', now: 1_614_265_330_000 },
    )
    expect(headers).toMatchObject({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })

  test('changes with the id, the second, the body and the key', () => {
    const of = (id: string, body: string, secret: string, now: number): string | undefined =>
      webhookHeaders({ id, body }, { secret, now })['webhook-signature']
    const signatures = [
      of('a', '{}', 'k'.repeat(32), 1000),
      of('b', '{}', 'k'.repeat(32), 1000),
      of('a', '[]', 'k'.repeat(32), 1000),
      of('a', '{}', 'l'.repeat(32), 1000),
      of('a', '{}', 'k'.repeat(32), 2000),
    ]
    expect(new Set(signatures).size).toBe(5)
    expect(of('a', '{}', 'k'.repeat(32), 1999)).toBe(signatures[0])
  })
})
