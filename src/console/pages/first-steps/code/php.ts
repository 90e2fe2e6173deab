import type { SnippetFacts } from "./snippet.ts";

export const phpCode = ({ appid, server }: SnippetFacts): string => `<?php
// php -S 127.0.0.1:3000 index.php
const WAFERD = '${server}/api/v1/sessions';
const APPID = '${appid}';

/** Posts JSON to waferd; returns the status for the caller, and the session. */
function ask(string $path, array $body): array
{
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => 'Content-Type: application/json',
        'content' => json_encode($body),
        'ignore_errors' => true,
        'timeout' => 10,
    ]]);
    $text = @file_get_contents(WAFERD . $path, false, $context);
    if ($text === false) return [503, []];
    $status = (int) explode(' ', $http_response_header[0])[1];
    return [$status === 401 ? 401 : ($status < 300 ? 200 : 503), json_decode($text, true) ?? []];
}

function reply(int $status, array $body = []): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    exit(json_encode((object) $body));
}

function session(): array
{
    $id = $_SERVER['HTTP_X_SESSION_ID'] ?? '';
    $skey = $_SERVER['HTTP_X_SESSION_SKEY'] ?? '';
    if ($id === '' || $skey === '') reply(401);
    $path = '/' . rawurlencode($id) . '/verify';
    [$status, $session] = ask($path, ['skey' => $skey, 'appid' => APPID]);
    if ($status !== 200) reply($status);
    return $session;
}

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path === '/login') {
    $in = json_decode(file_get_contents('php://input'), true) ?? [];
    [$status, $login] = ask('', ['appid' => APPID, 'code' => $in['code'] ?? '']);
    $members = array_flip(['id', 'skey', 'expiresAt']);
    reply($status, $status === 200 ? array_intersect_key($login, $members) : []);
}
if ($path === '/me') reply(200, ['openid' => session()['openid']]);
reply(404);
`;
