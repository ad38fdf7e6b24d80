import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

/** Markup that is already escaped. */
export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>

/** A whole page: header, one main part, and the style sheet that is served beside it. */
export function layout({ title, main }: { readonly title: string; readonly main: Markup }): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} – Tidemark</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
          <a class="brand" href="/">Tidemark</a>
          <nav aria-label="Pages"><a href="/">All agents</a> <a href="/runbook">Runbook</a></nav>
        </header>
        <main id="main">${main}</main>
      </body>
    </html>`
}
