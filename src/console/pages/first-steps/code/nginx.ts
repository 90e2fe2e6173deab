import type { SnippetFacts } from "./snippet.ts";

export const nginxCode = ({ base, server }: SnippetFacts): string => {
  const name = new URL(base).hostname;
  return `# The business server's public name. waferd stays at ${server}, which only it reaches.
server {
    listen 443 ssl;
    server_name ${name};

    ssl_certificate     /etc/letsencrypt/live/${name}/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/${name}/privkey.pem;

    location / {
        proxy_pass http://127.0.0.1:3000;
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto https;
    }
}
`;
};
