export * from './public-exports.ts'
export { createTidemark } from './node-tidemark.ts'
