import type { Messages } from "./en.ts";

const PROOF = "无需密钥：id 和 skey 就是证明。401 始终表示：请重新登录。";
const GET_CREDENTIAL = "存储的值有效时直接返回，否则向微信获取。同时到来的调用共用一次获取。";
const RENEW_CREDENTIAL =
  "给出失效的值（rotate），或立即更新（force）。值放在请求体里，不要放在地址里。";
const COS_SIGNATURE = "无需密钥：账号的密钥随请求提供，不会被保存。";
const LIVE =
  "带有 `Accept: text/event-stream` 时连接保持打开，数字每次变化都以服务器推送事件的 `data` 再次返回；`event: problem` 表示无法读取。";

/** The texts in Chinese. */
export const ZH: Messages = {
  language: "中文",
  document: {
    description: `微信小程序、公众号和企业微信应用的会话与托管凭证。

在 Authorize 中填写管理密钥或服务密钥。无需密钥的操作会注明：code 或会话本身就是证明。

错误码、字段说明和报错内容与接口实际返回的一致，为英文。`,
    key: "管理密钥（数据目录中的 `admin.key`）或服务密钥",
  },
  tags: {
    sandbox: "--sandbox 模拟的微信：小程序一侧，以及测试用的控制接口",
    "sandbox-wechat": "沙箱模拟的微信接口，供业务服务器开发时调用",
    envelope: "wafer-session-server 及其后续版本的协议：所有操作都是一个 POST",
    sessions: "用户登录与会话校验，会话管理",
    apps: "小程序和公众号",
    credentials: "托管的 access token 和 ticket",
    "work-agents": "企业微信应用",
    "js-sdk-signature": "JS-SDK 签名",
    "phone-number": "用户手机号",
    "session-key": "微信的 session_key",
    "cos-signatures": "腾讯云对象存储签名",
    "service-keys": "业务服务器的密钥",
    gateway: "无需 token 的微信与企业微信接口",
    audit: "变更记录",
    backups: "内置存储的备份",
    stats: "计数",
    server: "服务器本身",
  },
  operations: {
    callInterface: {
      summary: "调用 envelope 协议的接口",
      description: `所有操作都是一个 POST，与 wafer-session-server 及其 Go 版、云函数版一致。始终返回 200，结果看 \`returnCode\`：0 为成功，60012 为“请重新登录”。

同样的接口也在 \`/mina_auth\`、\`/mina_auth/\`、\`/mina_auth/index.php\` 和 \`/release/mina_auth/\`。无论 Content-Type 是什么，请求体都按 JSON 解析。\`qcloud.mimi.*\`、\`qcloud.work.*\`、\`initapp\` 和 \`initdata\` 需要密钥。`,
    },

    listApps: { summary: "列出应用", description: "按注册的先后排列。" },
    registerApp: { summary: "注册应用", description: "" },
    checkApp: {
      summary: "注册之前到微信检查应用",
      description: "用 appid 和密钥向微信获取 token，不保存任何内容。正在使用的 token 保持有效。",
    },
    readApp: { summary: "查看应用", description: "修改时在 If-Match 中给出这里的 ETag。" },
    changeApp: {
      summary: "修改应用",
      description: "只修改给出的字段。If-Match 防止两位管理员互相覆盖。",
    },
    deleteApp: { summary: "删除应用", description: "同时删除它的凭证，它的会话立即失效。" },

    listChanges: {
      summary: "列出变更",
      description:
        "谁在何时用哪个密钥改了什么，最新的在前。记录不会被删除。带筛选条件时，一页的条数可能少于上限，甚至为空，但仍有 `next`。CSV 格式在一次响应中给出所有符合的条目；会被表格软件当作公式的单元格以撇号开头。",
    },

    listBackups: {
      summary: "列出备份",
      description:
        "列出内置存储的备份，最新的在前，并给出下一次备份的时间和最近一次失败的原因。`waferd restore` 可从备份恢复。Redis 和 MySQL 使用它们自己的工具，见 `advice`。",
    },
    makeBackup: {
      summary: "立即备份",
      description:
        "最多等待 20 秒：201 表示备份已完成并通过校验，202 表示仍在进行。备份不含密钥：`master.key` 须另行保存，没有它备份无法读取。",
    },
    downloadBackup: {
      summary: "下载备份",
      description:
        "返回数据文件，用 `waferd restore --from <文件>` 恢复。其中的机密用主密钥加密；openid、用户资料和审计记录没有加密。",
    },
    removeBackup: { summary: "删除备份", description: "" },

    signCosRequest: { summary: "为 COS 现行的 XML API 请求签名", description: COS_SIGNATURE },
    signCosJson: { summary: "为 COS 旧的 JSON API 签名", description: COS_SIGNATURE },

    getAppCredential: { summary: "获取应用的 access token 或 ticket", description: GET_CREDENTIAL },
    renewAppCredential: {
      summary: "更新应用的 access token 或 ticket",
      description: RENEW_CREDENTIAL,
    },
    getAgentCredential: {
      summary: "获取企业微信应用的 access token 或 ticket",
      description: GET_CREDENTIAL,
    },
    renewAgentCredential: {
      summary: "更新企业微信应用的 access token 或 ticket",
      description: RENEW_CREDENTIAL,
    },
    listCredentials: {
      summary: "列出托管的凭证",
      description: "列表中不含凭证的值，含最近一次更新失败的原因。还没能获取的凭证也会列出。",
    },

    signPage: { summary: "为页面的 wx.config 签名", description: "用于公众号。" },
    signWorkPage: { summary: "为企业微信页面的 wx.config 或 wx.agentConfig 签名", description: "" },

    readLog: {
      summary: "查看最新的日志",
      description:
        "列出本服务器所有进程保留在内存中的最新日志行（每个进程 10 000 行、4 MiB），最新的在前，级别与日志本身相同。带上 `Accept: text/event-stream` 时连接保持打开，新写入的日志行以 SSE 推送：每行是一个事件的 `data`；`event: lost` 给出读取过慢而漏掉的行数；`Last-Event-ID` 可从上一个连接断开处继续。",
    },

    getPhoneNumber: { summary: "用手机号按钮的 code 获取用户手机号", description: "" },

    readServer: {
      summary: "查看服务器状态",
      description: "返回版本、地址、数据位置、启动时间和正在服务的进程。",
    },
    readServerConfig: {
      summary: "查看生效的配置",
      description:
        "列出每个选项的值、默认值、值的来源和含义。机密只说明是否已设置。有多个节点时，返回的是应答节点的配置。",
    },
    readLastReload: {
      summary: "查看最近一次重新加载的结果",
      description: "重新加载由 SIGHUP 触发，或在同一台机器上执行 `waferd reload`。",
    },
    checkServer: {
      summary: "检查服务器",
      description:
        "返回 `waferd doctor` 的检查中运行着的服务器自己能发现的部分，附有处理方法，最严重的在前，中英文都有。不访问外部：微信、时钟和端口请在机器上用 `waferd doctor` 检查。",
    },
    readStoreCheck: {
      summary: "查看最近一次存储检查",
      description:
        "说明是否正在检查存储，以及应答的服务器上最近一次检查的结果；其他节点各有自己的结果。",
    },
    checkStore: {
      summary: "立即检查存储",
      description:
        "与 `waferd store check` 相同，在单独的进程中读取每条记录和索引，服务不受影响；所有节点同时只有一个检查。最多等待 20 秒：200 给出报告，202 表示仍在检查，之后用 `GET` 查看。",
    },
    reloadServer: {
      summary: "让服务器重新读取配置和证书",
      description:
        "与 SIGHUP 和 `waferd reload` 相同，作用于应答的节点。200 给出结果，配置有误时会立即返回。202 表示正在更换工作进程，内容为上一次重新加载：请反复读取 `/server/last-reload`，直到 `endedAt` 改变。",
    },
    proveKey: {
      summary: "证明服务器知道管理密钥",
      description:
        "供命令行在本机通过明文 http 发送密钥之前使用。只回应本机的客户端，证明只对当前连接有效。",
    },

    callWeChat: {
      summary: "用应用的托管 token 调用微信接口",
      description: `\`path\` 是微信接口的路径，可含斜杠；任何方法、查询参数和请求体都会转发，请求体和响应体以流的方式传输。token 失效时自动更新，并重试一次。

密钥是管理密钥，或带有 \`proxy\` 权限的服务密钥。SDK 则使用 \`access_token\`：以服务密钥作为 secret 请求 \`cgi-bin/token\` 或 \`cgi-bin/stable_token\` 即可得到，此时拒绝以微信的格式返回。\`cgi-bin/ticket/getticket\` 返回托管的 ticket。`,
    },
    callWeCom: {
      summary: "用企业微信应用的托管 token 调用企业微信接口",
      description:
        "与微信相同，对应的路径是 `cgi-bin/gettoken`、`cgi-bin/get_jsapi_ticket` 和 `cgi-bin/ticket/get`。",
    },
    listGatewayCalls: {
      summary: "列出最近经网关的调用",
      description:
        "来自最近的日志行，最新的在前；`log.access = false` 时没有。不含查询参数、请求体和 token，它们从不写入日志。",
    },

    listServiceKeys: { summary: "列出服务密钥", description: "密钥本身无法再次查看。" },
    createServiceKey: {
      summary: "创建服务密钥",
      description: "密钥限定应用和权限。只有这次响应会显示密钥。",
    },
    readServiceKey: { summary: "查看服务密钥", description: "" },
    revokeServiceKey: { summary: "吊销服务密钥", description: "在所有进程中立即失效。" },

    checkSessionKey: { summary: "向微信确认 session_key 是否仍然有效", description: "" },
    resetSessionKey: {
      summary: "让微信生成新的 session_key",
      description: "新的值会被保存，用户保持登录。",
    },

    logIn: {
      summary: "用户登录",
      description:
        "无需密钥：code 就是证明。带上 encryptedData（来自 wx.getUserInfo）时同时保存用户资料。同一个 code 的并发登录得到同一个会话。",
    },
    verifySession: { summary: "校验会话", description: `计为一次访问。${PROOF}` },
    replaceProfile: {
      summary: "替换用户资料",
      description: `保存来自 wx.getUserInfo 或 wx.getUserProfile 的资料。${PROOF}`,
    },
    changeProfile: {
      summary: "按用户自己填写的内容修改资料",
      description: `用于头像昵称填写组件的 nickName 和 avatarUrl。这样设置的字段会列在资料的 \`selfReported\` 中。不计为访问。${PROOF}`,
    },
    decryptData: {
      summary: "解密用户数据",
      description: `数据不会被保存。它没有任何认证，客户端可以伪造：手机号请用 code 获取，不要从这里取。${PROOF}`,
    },
    listSessions: { summary: "列出应用或其某个用户的会话", description: "" },
    findUsers: {
      summary: "按 openid、unionid、会话或昵称查找用户",
      description:
        "openid 和会话 id 直接查到。按 unionid 或昵称时，用半秒读取会话：`searched` 给出读了多少条，用 `next` 可继续查找。不计为访问。",
    },
    revokeSessions: {
      summary: "吊销一个用户的所有会话，或应用中所有用户的会话",
      description: "不带 `openid` 时，只有 `all=true` 才会结束所有用户的会话。",
    },
    readSession: { summary: "查看会话", description: "不计为访问。" },
    revokeSession: { summary: "吊销会话", description: "" },

    readStats: { summary: "查看所有应用的计数", description: "" },
    readSeries: {
      summary: "查看一小时、一天或一个月的计数，用于图表",
      description: `所有进程和节点的计数，按分钟、小时或天分段。天以中国时间（UTC+8）为准，时间均为 UTC。${LIVE}`,
    },
    readOverview: {
      summary: "查看服务的概况",
      description: `把今天和昨天同一时刻之前的数字放在一起。天以中国时间（UTC+8）为准，时间均为 UTC。${LIVE}`,
    },
    readAppStats: { summary: "查看一个应用的计数", description: "" },

    listAgents: { summary: "列出企业微信应用", description: "" },
    readAgent: { summary: "查看企业微信应用", description: "" },
    registerAgent: {
      summary: "注册或替换企业微信应用",
      description: "被替换的应用会失去缓存的 token 和 ticket。",
    },
    deleteAgent: { summary: "删除企业微信应用", description: "同时删除它的凭证。" },

    sandboxLogin: {
      summary: "扮演小程序：模拟用户的 wx.login 和 wx.getUserInfo",
      description: "code 在五分钟内可用于一次登录。新的名字就是新用户。",
    },
    sandboxUserInfo: {
      summary: "扮演 wx.getUserInfo",
      description: "用户资料，用该用户当前的 session_key 签名和加密。",
    },
    sandboxEncrypt: {
      summary: "加密数据，得到小程序会收到的形式",
      description: "加上水印，用该用户当前的 session_key 加密。",
    },
    sandboxPhoneCode: {
      summary: "扮演手机号按钮",
      description: "给出可调用一次 getuserphonenumber 的 code。",
    },
    sandboxMessages: {
      summary: "查看已发送的订阅消息",
      description: "某个应用或其某个用户的消息，最新的在后，最多 100 条。",
    },
    sandboxChangeUser: {
      summary: "修改模拟用户",
      description:
        "`blocked` 使该用户的 code 被拒绝，`refusesMessages` 使发给该用户的消息被拒绝；设置新的 `sessionKey` 后旧的失效。",
    },
    sandboxAddApp: {
      summary: "在模拟的微信中添加应用",
      description: "waferd 仍通过 POST /api/v1/apps 得知它，与真实应用一样。",
    },
    sandboxAddAgent: { summary: "在模拟的企业微信中添加应用", description: "" },
    sandboxChangeTokens: { summary: "缩短或吊销应用的 token", description: "" },
    sandboxSetFault: {
      summary: "让微信的某个接口出错",
      description: "直到被清除，或达到给定的调用次数。",
    },
    sandboxClearFault: { summary: "让接口恢复正常", description: "" },
    sandboxCalls: {
      summary: "统计微信接口的调用次数",
      description: "自沙箱启动以来，按路径统计。",
    },

    wechatCodeToSession: { summary: "用 code 换取 openid 和 session_key", description: "" },
    wechatToken: { summary: "获取 access token（旧接口）", description: "" },
    wechatStableToken: { summary: "获取稳定版 access token", description: "" },
    wechatTicket: { summary: "获取 JS-SDK 或卡券的 ticket", description: "" },
    wechatPhoneNumber: { summary: "用 code 获取手机号", description: "" },
    wechatCheckSession: { summary: "校验 session_key", description: "" },
    wechatResetSession: { summary: "生成新的 session_key", description: "" },
    wecomToken: { summary: "获取企业微信应用的 access token", description: "" },
    wecomCorpTicket: { summary: "获取企业的 JS-SDK ticket", description: "" },
    wecomAgentTicket: { summary: "获取企业微信应用的 JS-SDK ticket", description: "" },
    wechatSendMessage: {
      summary: "发送订阅消息",
      description: "可用 GET /sandbox/messages 查看。",
    },
    wechatSendCustomerMessage: {
      summary: "发送客服消息",
      description: "支持 text、image、link 和 miniprogrampage。可用 GET /sandbox/messages 查看。",
    },
    wechatUploadMedia: {
      summary: "上传临时素材",
      description: "类型为 image、voice、video 或 thumb；保存在内存中。",
    },
    wechatGetMedia: {
      summary: "获取临时素材",
      description: "与上传时相同。",
    },
    wechatCheckText: {
      summary: "文本内容安全检测",
      description: "文本中含 `sandbox-risky` 或 `sandbox-review` 时得到相应的结果。",
    },
    wechatCheckImage: {
      summary: "图片内容安全检测",
      description: "文件名或内容中含 `sandbox-risky` 的图片会被拒绝。",
    },
    wechatCheckMedia: {
      summary: "按地址检测图片或音频",
      description: "结果本应以推送消息返回，沙箱不发送。",
    },
    wechatCode: { summary: "生成带路径的小程序码", description: "" },
    wechatUnlimitedCode: { summary: "生成带 scene 的小程序码", description: "" },
    wechatSquareCode: { summary: "生成带路径的小程序二维码", description: "" },
  },
};
