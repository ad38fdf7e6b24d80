export * from './semconv.ts'
