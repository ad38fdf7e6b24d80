export type { MeterProvider, TracerProvider } from '@opentelemetry/api'
