/** Response header of the loopback providers: how long the call took when it was recorded, in seconds. */
export const LATENCY_HEADER = 'x-recorded-latency-seconds'
