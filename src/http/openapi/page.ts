import { languages, MESSAGES } from "../../messages/messages.ts";
import { KEY_SCHEME } from "../rest/guard.ts";

const LINKS = languages.map(
  (tag) => `<a lang="${tag}" hreflang="${tag}" href="?lang=${tag}">${MESSAGES[tag].language}</a>`,
);

/** The page around Swagger UI, whose script completes it in the reader's language. */
export const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>waferd API</title>
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png" />
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <link rel="stylesheet" href="/docs/page.css" />
  </head>
  <body>
    <nav id="languages" aria-label="Language / 语言">
      ${LINKS.join("\n      ")}
    </nav>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

/** The look of the page's parts beside Swagger UI. */
export const PAGE_STYLE = `#languages {
  display: flex;
  justify-content: flex-end;
  align-items: baseline;
  gap: 16px;
  max-width: 1460px;
  margin: 0 auto;
  padding: 12px 20px 0;
  font: 14px sans-serif;
}
#languages a {
  color: #3b4151;
}
.dark-mode #languages a {
  color: #e4e6e6;
}
#languages a[aria-current] {
  font-weight: bold;
  text-decoration: none;
}
`;

/**
 * Starts Swagger UI in the language of `?lang=`, else the browser's, light or dark as the browser
 * is. The key lives as long as the tab, so that a reload keeps it and no other tab has it. The
 * validator badge would ask another server.
 */
export const START_SCRIPT = `(() => {
  "use strict";
  const LANGUAGES = ${JSON.stringify(languages)};
  const asked = new URLSearchParams(location.search).get("lang");
  const language = LANGUAGES.includes(asked)
    ? asked
    : LANGUAGES.find((tag) => navigator.language.toLowerCase().startsWith(tag)) ?? "en";
  document.documentElement.lang = language;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", follow);
  follow();
  for (const link of document.querySelectorAll("#languages a"))
    if (link.lang === language) link.setAttribute("aria-current", "true");
    else link.addEventListener("click", () => { link.hash = location.hash; });

  const SCHEME = ${JSON.stringify(KEY_SCHEME)};
  const PLACE = "waferd.docs.key";
  const keepKey = () => ({
    statePlugins: {
      auth: {
        wrapActions: {
          authorize: (next) => (given) => {
            const key = given[SCHEME] && given[SCHEME].value;
            if (key) sessionStorage.setItem(PLACE, key);
            return next(given);
          },
          logout: (next) => (names) => {
            sessionStorage.removeItem(PLACE);
            return next(names);
          },
        },
      },
    },
  });

  const ui = SwaggerUIBundle({
    url: "/openapi.json?lang=" + language,
    dom_id: "#swagger-ui",
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    filter: true,
    tryItOutEnabled: true,
    validatorUrl: null,
    plugins: [keepKey],
    onComplete() {
      const key = sessionStorage.getItem(PLACE);
      if (key) ui.preauthorizeApiKey(SCHEME, key);
    },
  });
})();
`;
