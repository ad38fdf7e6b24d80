import { openApiDocument } from './openapi.ts'
import { apiPage } from './pages/api-page.ts'
import { NO_QUERY, parseParameters } from './parameters.ts'
import type { RouteBook } from './route-book.ts'

/** The API about itself, for programs and as a page; it lists these two as well. */
export function documentRoutes(book: RouteBook): void {
  const open = { method: 'get', bound: 'shows_no_agent', query: NO_QUERY } as const
  book.add({ ...open, path: '/api/openapi.json', summary: 'This document.' }, (context) => {
    parseParameters(NO_QUERY, context.req.query())
    return context.json(openApiDocument(book.descriptions))
  })
  book.add({ ...open, path: '/api', summary: 'This document as a page.', answers: 'text/html' }, (context) => {
    parseParameters(NO_QUERY, context.req.query())
    return context.html(apiPage(openApiDocument(book.descriptions)))
  })
}
