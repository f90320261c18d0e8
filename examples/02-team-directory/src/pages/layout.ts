import { html } from 'hono/html';

/** HTML that is safe to send: whatever was put into it is escaped. */
export type Html = ReturnType<typeof html>;

/** A whole page. */
export function layout(title: string, main: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Team directory</title>
        <link rel="icon" href="/assets/icon.svg" />
        <link rel="stylesheet" href="/assets/style.css" />
        <script type="module" src="/assets/client.js"></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header class="bar">
          <a class="brand" href="/">Team directory</a>
          <nav aria-label="Pages">
            <a href="/">Members</a>
            <a href="/photos">Photos</a>
            <a href="/operator">Operator</a>
          </nav>
        </header>
        <main id="main" tabindex="-1">${main}</main>
      </body>
    </html>`;
}
