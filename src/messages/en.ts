const PROOF = "Needs no key: id and skey are the proof. 401 always means: log in again.";
const GET_CREDENTIAL =
  "Returns the stored value while it is valid, else fetches one from WeChat. Concurrent callers share one fetch.";
const RENEW_CREDENTIAL =
  "Name the failed value (rotate), or renew at once (force). Values belong in bodies, never in addresses.";
const COS_SIGNATURE =
  "Needs no key: the account's secret comes with the request, and is not stored.";
const LIVE =
  "With `Accept: text/event-stream` the connection stays open and gets the answer again, as the `data` of a server-sent event, whenever its figures change; `event: problem` says that they cannot be read.";

/** The texts in English. Those of other languages have its members. */
export const EN = {
  language: "English",
  document: {
    description: `Sessions and hosted credentials of WeChat mini programs, official accounts and WeCom agents.

Authorize takes the admin key, or a service key. Operations that need no key say so: the code or the session is the proof.`,
    key: "The admin key, which lies in `admin.key` in the data folder, or a service key",
  },
  tags: {
    sandbox: "The simulated WeChat of --sandbox: the mini program's side, and controls for tests",
    "sandbox-wechat": "WeChat's API as the sandbox plays it, for business servers in development",
    envelope: "The protocol of wafer-session-server and its descendants: one POST for everything",
    sessions: "Logging users in and verifying them, and administering their sessions",
    apps: "Mini programs and official accounts",
    credentials: "Hosted access tokens and tickets",
    "work-agents": "WeCom agents",
    "js-sdk-signature": "Signatures for the JS-SDKs",
    "phone-number": "Users' phone numbers",
    "session-key": "WeChat's session_keys",
    "cos-signatures": "Signatures for Tencent's object storage",
    "service-keys": "Keys of business servers",
    gateway: "WeChat's and WeCom's API without tokens",
    audit: "Who changed what",
    backups: "Backups of the embedded store",
    stats: "Counters",
    server: "The server itself",
  },
  operations: {
    callInterface: {
      summary: "Call an interface of the envelope",
      description: `Everything in one POST, as wafer-session-server and its Go and serverless descendants had it. Always answers 200; \`returnCode\` tells the outcome: 0 for success, 60012 for "log in again".

Also at \`/mina_auth\`, \`/mina_auth/\`, \`/mina_auth/index.php\` and \`/release/mina_auth/\`. The body is JSON whatever its content type. \`qcloud.mimi.*\`, \`qcloud.work.*\`, \`initapp\` and \`initdata\` need a key.`,
    },

    listApps: { summary: "List apps", description: "In the order of their registration." },
    registerApp: { summary: "Register an app", description: "" },
    checkApp: {
      summary: "Check an app at WeChat before it is registered",
      description:
        "Asks WeChat for a token with the appid and the secret, and keeps nothing. Tokens in use stay valid.",
    },
    readApp: { summary: "Read an app", description: "A change names its ETag in If-Match." },
    changeApp: {
      summary: "Change an app",
      description:
        "Changes the given members only. If-Match keeps two administrators from overwriting each other.",
    },
    deleteApp: {
      summary: "Delete an app",
      description: "Deletes its credentials too. Its sessions end at once.",
    },

    listChanges: {
      summary: "List changes",
      description:
        "Lists who changed what, when, and by which key, latest first. Entries are never removed. With a filter a page may hold fewer entries than its limit, even none, and still have a `next`. As CSV, all entries that fit come in one answer; cells that a spreadsheet would take for a formula begin with an apostrophe.",
    },

    listBackups: {
      summary: "List backups",
      description:
        "Lists the backups of the embedded store, latest first, and says when the next one is due and why the last one failed. `waferd restore` makes one the data again. Redis and MySQL have tools of their own, which `advice` names.",
    },
    makeBackup: {
      summary: "Make a backup now",
      description:
        "Waits up to 20 seconds: 201 says that it is made and verified, 202 that it still goes on. It has no keys: `master.key` has to be kept elsewhere, without which a backup cannot be read.",
    },
    downloadBackup: {
      summary: "Download a backup",
      description:
        "Returns the data file, for `waferd restore --from <file>`. Secrets in it are sealed with the master key; openids, profiles and the audit are not.",
    },
    removeBackup: { summary: "Remove a backup", description: "" },

    signCosRequest: {
      summary: "Sign a request to COS's current XML API",
      description: COS_SIGNATURE,
    },
    signCosJson: { summary: "Sign for COS's old JSON API", description: COS_SIGNATURE },

    getAppCredential: {
      summary: "Get an app's access token or ticket",
      description: GET_CREDENTIAL,
    },
    renewAppCredential: {
      summary: "Renew an app's access token or ticket",
      description: RENEW_CREDENTIAL,
    },
    getAgentCredential: {
      summary: "Get a WeCom agent's access token or ticket",
      description: GET_CREDENTIAL,
    },
    renewAgentCredential: {
      summary: "Renew a WeCom agent's access token or ticket",
      description: RENEW_CREDENTIAL,
    },
    listCredentials: {
      summary: "List hosted credentials",
      description:
        "Lists them without their values, with the last failure of their renewal. Those that could not be fetched yet are listed too.",
    },

    signPage: { summary: "Sign a page for wx.config", description: "For official accounts." },
    signWorkPage: {
      summary: "Sign a page for WeCom's wx.config or wx.agentConfig",
      description: "",
    },

    readLog: {
      summary: "Read the latest lines of the log",
      description:
        "Lists the last lines of all processes of this server that are kept in memory (10 000 lines and 4 MiB a process), latest first, in the log's own level. With `Accept: text/event-stream` the connection stays open and gets lines as they are written, as server-sent events: each line is the `data` of an event, `event: lost` has the number of lines that a slow reader missed, and `Last-Event-ID` goes on where an earlier connection ended.",
    },

    getPhoneNumber: {
      summary: "Get a user's phone number by the code of its button",
      description: "",
    },

    readServer: {
      summary: "Read the server's state",
      description:
        "Returns its version, its address and data, its start, and the processes that serve.",
    },
    readServerConfig: {
      summary: "Read the configuration in effect",
      description:
        "Lists every option with its value, its default, where the value comes from, and what it means. Of secrets it says only whether they are set. With several nodes it is that of the node that answers.",
    },
    readLastReload: {
      summary: "Read how the latest reload ended",
      description: "A reload is asked for by SIGHUP, or by `waferd reload` on the same machine.",
    },
    checkServer: {
      summary: "Check the server",
      description:
        "Returns what `waferd doctor` finds that a running server can see of itself, with what to do, worst first, in English and Chinese. It asks nobody outside: `waferd doctor` on the machine also checks WeChat, the clock and the ports.",
    },
    readStoreCheck: {
      summary: "Read the latest check of the store",
      description:
        "Says whether the store is being checked, and how the latest check ended, of the server that answers: other nodes keep their own.",
    },
    checkStore: {
      summary: "Check the store now",
      description:
        "Reads every record and index as `waferd store check` does, in a process of its own, while the server goes on; of all nodes one at a time. Waits up to 20 seconds: 200 has the report, 202 says that the check goes on, and then `GET` tells.",
    },
    reloadServer: {
      summary: "Have the server read its configuration and certificate again",
      description:
        "Does what SIGHUP and `waferd reload` do, at the node that answers. 200 says how it ended, which a mistake in the configuration does at once. 202 says that workers are being replaced, and has the reload before: read `/server/last-reload` until its `endedAt` is another.",
    },
    proveKey: {
      summary: "Prove that the server knows the admin key",
      description:
        "For the command line, before it sends the key over plain http on one machine. Answers only a client on this machine, and the proof holds only for this connection.",
    },

    callWeChat: {
      summary: "Call WeChat's API with an app's hosted token",
      description: `\`path\` is a path of WeChat's API, slashes included; every method, query and body goes through, and bodies are streamed. A dead token is renewed, and the call repeated once.

The key is the admin key, or a service key with \`proxy\`. SDKs send \`access_token\` instead: \`cgi-bin/token\` and \`cgi-bin/stable_token\` give one for a service key as the secret, and then refusals come in WeChat's words. \`cgi-bin/ticket/getticket\` gives hosted tickets.`,
    },
    callWeCom: {
      summary: "Call WeCom's API with an agent's hosted token",
      description:
        "As for an app, with `cgi-bin/gettoken`, `cgi-bin/get_jsapi_ticket` and `cgi-bin/ticket/get`.",
    },
    listGatewayCalls: {
      summary: "List the latest calls through the gateway",
      description:
        "From the latest lines of the log, latest first; with `log.access = false` there are none. Without queries, bodies and tokens, which are never logged.",
    },

    listServiceKeys: {
      summary: "List service keys",
      description: "The keys themselves cannot be read again.",
    },
    createServiceKey: {
      summary: "Create a service key",
      description: "A key is scoped to apps and capabilities. Only this answer shows it.",
    },
    readServiceKey: { summary: "Read a service key", description: "" },
    revokeServiceKey: {
      summary: "Revoke a service key",
      description: "It becomes invalid at once, for all processes.",
    },

    checkSessionKey: {
      summary: "Ask WeChat whether a session_key is still current",
      description: "",
    },
    resetSessionKey: {
      summary: "Have WeChat make a new session_key",
      description: "It is stored; the user stays logged in.",
    },

    logIn: {
      summary: "Log a user in",
      description:
        "Needs no key: the code is the proof. With encryptedData (from wx.getUserInfo), the profile is stored too. Concurrent logins with one code get the same session.",
    },
    verifySession: {
      summary: "Verify a session",
      description: `Counts as a visit. ${PROOF}`,
    },
    replaceProfile: {
      summary: "Replace the user's profile",
      description: `Stores the profile from wx.getUserInfo or wx.getUserProfile. ${PROOF}`,
    },
    changeProfile: {
      summary: "Change the user's profile by the user's own word",
      description: `For nickName and avatarUrl of the avatar and nickname component. Members that are set so are listed in \`selfReported\` of the profile. Does not count as a visit. ${PROOF}`,
    },
    decryptData: {
      summary: "Decrypt a user's data",
      description: `The data is not stored. Nothing authenticates it, and a client can forge it: take a phone number by its code, not from here. ${PROOF}`,
    },
    listSessions: {
      summary: "List sessions of an app, or of one of its users",
      description: "",
    },
    findUsers: {
      summary: "Find users by openid, unionid, session or nickname",
      description:
        "Openids and session ids are looked up. For a unionid or a nickname sessions are read for half a second: `searched` says how many, and `next` goes on from there. Does not count as a visit.",
    },
    revokeSessions: {
      summary: "Revoke all sessions of a user, or of all users of an app",
      description: "Without `openid`, only `all=true` ends the sessions of all users.",
    },
    readSession: { summary: "Read a session", description: "Does not count as a visit." },
    revokeSession: { summary: "Revoke a session", description: "" },

    readStats: { summary: "Read counters of all apps", description: "" },
    readSeries: {
      summary: "Read the counts of an hour, a day or a month, for charts",
      description: `Counts of all processes and nodes, in buckets of a minute, an hour or a day. Days are those of China (UTC+8), all times are in UTC. ${LIVE}`,
    },
    readOverview: {
      summary: "Read the figures of the service at a glance",
      description: `Compares today with yesterday until the same time. Days are those of China (UTC+8), all times are in UTC. ${LIVE}`,
    },
    readAppStats: { summary: "Read counters of one app", description: "" },

    listAgents: { summary: "List WeCom agents", description: "" },
    readAgent: { summary: "Read a WeCom agent", description: "" },
    registerAgent: {
      summary: "Register or replace a WeCom agent",
      description: "A replaced agent loses its cached token and tickets.",
    },
    deleteAgent: {
      summary: "Delete a WeCom agent",
      description: "Deletes its credentials too.",
    },

    sandboxLogin: {
      summary: "Play the mini program: wx.login and wx.getUserInfo of a simulated user",
      description: "The code is good for one login, for five minutes. A new name is a new user.",
    },
    sandboxUserInfo: {
      summary: "Play wx.getUserInfo",
      description: "The profile, signed and encrypted with the user's current session_key.",
    },
    sandboxEncrypt: {
      summary: "Encrypt data as a mini program would get it",
      description: "Adds the watermark, and encrypts with the user's current session_key.",
    },
    sandboxPhoneCode: {
      summary: "Play the phone number button",
      description: "Gives a code for one call of getuserphonenumber.",
    },
    sandboxMessages: {
      summary: "Read the subscribe messages that were sent",
      description: "Those of an app, or of one of its users; the latest last, and at most 100.",
    },
    sandboxChangeUser: {
      summary: "Change a simulated user",
      description:
        "`blocked` refuses the user's codes, `refusesMessages` the messages to them; a new `sessionKey` makes the old one invalid.",
    },
    sandboxAddApp: {
      summary: "Make an app known to the simulated WeChat",
      description: "waferd learns of it by POST /api/v1/apps, as of a real one.",
    },
    sandboxAddAgent: {
      summary: "Make a WeCom agent known to the simulated WeCom",
      description: "",
    },
    sandboxChangeTokens: {
      summary: "Shorten or revoke the tokens of an app or an agent",
      description: "",
    },
    sandboxSetFault: {
      summary: "Have an endpoint of WeChat misbehave",
      description: "Until it is cleared, or for the given number of calls.",
    },
    sandboxClearFault: { summary: "Have an endpoint work again", description: "" },
    sandboxCalls: {
      summary: "Count the calls of WeChat's endpoints",
      description: "Since the sandbox was started, by path.",
    },

    wechatCodeToSession: { summary: "Exchange a code for openid and session_key", description: "" },
    wechatToken: { summary: "Get an access token, the old way", description: "" },
    wechatStableToken: { summary: "Get a stable access token", description: "" },
    wechatTicket: { summary: "Get a ticket of the JS-SDK or of cards", description: "" },
    wechatPhoneNumber: { summary: "Get a phone number by its code", description: "" },
    wechatCheckSession: { summary: "Check a session_key", description: "" },
    wechatResetSession: { summary: "Make a new session_key", description: "" },
    wecomToken: { summary: "Get the access token of a WeCom agent", description: "" },
    wecomCorpTicket: { summary: "Get the JS-SDK ticket of a corp", description: "" },
    wecomAgentTicket: { summary: "Get the JS-SDK ticket of an agent", description: "" },
    wechatSendMessage: {
      summary: "Send a subscribe message",
      description: "GET /sandbox/messages shows it.",
    },
    wechatSendCustomerMessage: {
      summary: "Send a customer message",
      description:
        "Of the kinds text, image, link and miniprogrampage. GET /sandbox/messages shows it.",
    },
    wechatUploadMedia: {
      summary: "Upload a temporary file",
      description: "Of the types image, voice, video and thumb; it is kept in memory.",
    },
    wechatGetMedia: {
      summary: "Get a temporary file",
      description: "As it was uploaded.",
    },
    wechatCheckText: {
      summary: "Check a text",
      description: "`sandbox-risky` and `sandbox-review` in the text give these verdicts.",
    },
    wechatCheckImage: {
      summary: "Check an image",
      description: "`sandbox-risky` in its name or bytes makes it one that is refused.",
    },
    wechatCheckMedia: {
      summary: "Check a picture or a sound by its address",
      description: "Its verdict would come as a pushed message, which the sandbox does not send.",
    },
    wechatCode: { summary: "Make a mini program code for a path", description: "" },
    wechatUnlimitedCode: { summary: "Make a mini program code for a scene", description: "" },
    wechatSquareCode: { summary: "Make a square QR code for a path", description: "" },
  },
};

/** The texts for people in one language, as opposed to logs and wire texts. */
export type Messages = typeof EN;
