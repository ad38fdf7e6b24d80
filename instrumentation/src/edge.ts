export * from './public-exports.ts'
export { createTidemark } from './edge-tidemark.ts'
