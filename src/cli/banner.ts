/** A started service, as its banner describes it. */
export interface StartedService {
  version: string;
  /** The address, without a slash at the end. */
  url: string;
  /** The folder, or the address, of the data. */
  dataPlace: string;
  sandbox: boolean;
  /** Whether the API's documentation is served. */
  docs: boolean;
  /** Whether the console is served. */
  console: boolean;
  /** A new admin key, which is shown once; null at later starts. */
  newAdminKey: string | null;
  /** The file of the admin key; null when it was configured. */
  adminKeyPath: string | null;
  /** Whether no app is registered yet. */
  isEmpty: boolean;
  /** The command line that registers an app here. */
  appAddCommand: string;
}

/** Returns the text that a start prints for people. */
export function banner(service: StartedService): string {
  const parts = [
    `waferd ${service.version} listens on ${service.url}, with its data in ${service.dataPlace}`,
  ];
  if (service.newAdminKey !== null)
    parts.push(
      `The admin key, shown this once and kept in ${service.adminKeyPath}:\n\n  ${service.newAdminKey}`,
    );
  else if (service.adminKeyPath !== null) parts.push(`The admin key is in ${service.adminKeyPath}`);
  if (service.console) parts.push(`The console: ${service.url}/console/`);
  if (service.docs) parts.push(`The API and its documentation: ${service.url}/docs`);
  if (service.isEmpty)
    parts.push(
      `No app is registered yet. In another terminal, with its AppSecret at hand:\n\n  ${service.appAddCommand}`,
    );
  if (service.sandbox)
    parts.push(SANDBOX_WARNING, `Try it, line by line:\n\n${tryIt(service.url).join("\n")}`);
  return `${parts.join("\n\n")}\n`;
}

const SANDBOX_WARNING =
  "*** SANDBOX: WeChat is simulated, and ANYONE CAN LOG IN AS ANYONE. Not for real users. ***";

/** Returns three lines for a POSIX shell: get a code, log in with it, check the session. */
export function tryIt(url: string): string[] {
  return [
    `CODE=$(curl -s '${url}/sandbox/login?user=alice' | grep -o '"code":"[^"]*"'); echo "$CODE"`,
    `LOGIN=$(curl -s ${url}/ -d '{"interface":{"interfaceName":"qcloud.cam.id_skey","para":{'"$CODE"'}}}'); echo "$LOGIN"`,
    `curl -s ${url}/ -d '{"interface":{"interfaceName":"qcloud.cam.auth","para":{'"$(echo "$LOGIN" | grep -o '"id":"[^"]*","skey":"[^"]*"')"'}}}'; echo`,
  ];
}
