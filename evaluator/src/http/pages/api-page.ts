import { html } from 'hono/html'
import type { OpenApiDocument, Operation } from '../openapi.ts'
import { layout, type Markup } from './layout.ts'

/** The document of the API for people: every route with its role, its parameters and a body that is taken. */
export function apiPage({ info, paths }: OpenApiDocument): Markup {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  return layout({
    title: 'API',
    main: html`<article class="prose">
      <h1>API</h1>
      <p>${info.description}</p>
      <p>
        For programs: <a href="/api/openapi.json">openapi.json</a>. A token goes into the header
        <code>Authorization: Bearer TOKEN</code>.
      </p>
      ${operations.map(({ path, method, operation }) => section(path, method, operation))}
    </article>`,
  })
}

function section(path: string, method: string, { summary, description, parameters, requestBody }: Operation): Markup {
  const example = requestBody?.content['application/json']?.example
  return html`<section>
    <h2><code>${method.toUpperCase()} ${path}</code></h2>
    <p>${summary} ${description}</p>
    ${
      parameters.length === 0
        ? ''
        : html`<ul>
            ${parameters.map((one) => html`<li><code>${one.name}</code> in the ${one.in}</li>`)}
          </ul>`
    }
    ${example === undefined ? '' : html`<pre><code>${JSON.stringify(example, undefined, 2)}</code></pre>`}
  </section>`
}
