import { createHash } from 'node:crypto';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

/** The status page: static, without data, without anything from elsewhere. */
export const STATUS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tidemark status</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Tidemark</h1>
<p class="note">The API is described in <a href="/openapi.json">/openapi.json</a>.</p>
</header>
<main>
<form id="enter">
<div>
<label for="token">API token</label>
<input id="token" type="password" autocomplete="off" spellcheck="false" required>
</div>
<button type="submit">Show status</button>
<button type="button" id="forget" hidden>Forget the token</button>
</form>
<p id="message" role="status" class="note">Enter a token with the scope read. It stays in this tab.</p>
<div id="connections"></div>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;

/** Allows exactly the page's own script and style, and calls to this API. */
export const STATUS_PAGE_POLICY = [
  "default-src 'none'",
  `script-src ${hashSource(SCRIPT)}`,
  `style-src ${hashSource(STYLE)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
