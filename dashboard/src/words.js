// What the page says, in both languages. Names of the building and the plan come with the documents.

const WORDS = {
  // Places of the page
  incidents: ["事件", "Incidents"], building: ["楼宇", "Building"], troubles: ["系统故障", "Troubles"],
  record: ["记录", "Record"], statistics: ["统计", "Statistics"], report: ["上报事件", "Report"],
  help: ["帮助", "Help"], more: ["更多", "More"], back: ["返回", "Back"], close: ["关闭", "Close"],
  cancel: ["取消", "Cancel"], language: ["English", "中文"], languageTitle: ["切换到英文", "Switch to Chinese"],
  // Login
  login: ["登录", "Log in"], logout: ["退出", "Log out"], user: ["账号", "Account"], password: ["密码", "Password"],
  broker: ["服务器", "Broker"], site: ["楼宇", "Site"], chooseSite: ["选择楼宇", "Choose the site"],
  otherBroker: ["注意：此链接指定了另一台服务器。不认识就不要输入密码。",
    "Careful: this link names another broker. Do not give it a password unless you know it."],
  loginRefused: ["服务器不接受此账号或密码。", "The broker does not accept this account or password."],
  connecting: ["正在连接……", "Connecting…"], sessionOnly: ["密码只留在本标签页，关闭即失效。",
    "The password stays in this tab only and goes when it is closed."],
  // Link
  linkOn: ["实时", "Live"], linkOff: ["非实时", "Not live"],
  brokerAway: ["与服务器的连接中断", "The broker cannot be reached"],
  daemonAway: ["监测程序 facilityd 不在线", "facilityd is not running"],
  daemonNever: ["此服务器上没有 facilityd 的消息", "Nothing of facilityd on this broker"],
  loading: ["正在读取现状……", "Reading what is the case…"],
  notCurrent: ["以下内容不是现状，截至 {0}。正在重试。", "What you see is not the present: as of {0}. Trying again."],
  notCurrentUnknown: ["以下内容不是现状。正在重试。", "What you see is not the present. Trying again."],
  asOf: ["截至 {0}", "as of {0}"],
  readOnly: ["此账号只能查看", "This account may only look"],
  clockOff: ["本机时钟偏差 {0}，已按系统时间显示", "This device's clock is off by {0}; times are facilityd's"],
  malformed: ["{0} 条消息无法理解", "{0} messages not understood"],
  // Severity and state
  critical: ["特别重大", "Critical"], high: ["重大", "High"], medium: ["较大", "Medium"], low: ["一般", "Low"],
  conditionTrue: ["正在发生", "Going on"], conditionReturned: ["情况已恢复", "Back to normal"],
  unacknowledged: ["未确认", "Not acknowledged"], acknowledged: ["已确认", "Acknowledged"],
  shelved: ["已搁置", "Shelved"], suppressed: ["被抑制", "Suppressed"], outOfService: ["停用中", "Out of service"],
  handedOver: ["已移交", "Handed over"], closed: ["已结束", "Closed"],
  drill: ["演练", "Drill"], drillBanner: ["演练进行中：{0}。演练不动作任何设备。",
    "Drill in progress: {0}. A drill switches nothing."],
  // Incident
  noIncidents: ["没有未结束的事件", "No open incident"], chooseIncident: ["选择一个事件查看步骤", "Choose an incident to see its steps"],
  setAside: ["搁置、抑制、停用、移交（{0}）", "Set aside: shelved, suppressed, out of service, handed over ({0})"],
  since: ["{0} 起，已 {1}", "since {0}, for {1}"], raisedAt: ["发生", "Raised"], returnedAt: ["恢复", "Returned"],
  closedAt: ["结束", "Closed"], acknowledgedBy: ["{0} 于 {1} 确认", "Acknowledged by {0} at {1}"],
  escalated: ["已上报到第 {0} 级（共 {1} 级）", "Escalated to level {0} of {1}"],
  escalatesAt: ["{0} 后上报", "escalates in {0}"],
  causes: ["原因", "Causes"], causeOver: ["已恢复", "over"], causeActive: ["仍在发生", "going on"],
  chattering: ["频繁抖动", "chattering"], reportedBy: ["{0} 上报", "reported by {0}"],
  shelvedUntil: ["{0} 搁置到 {1}", "Shelved by {0} until {1}"], suppressedBy: ["由 {0} 引起", "Explained by {0}"],
  suppressedUntil: ["到 {0} 为止", "until {0}"],
  outOfServiceBy: ["{0} 停用", "Out of service by {0}"], handedOverTo: ["移交给 {0}（{1}）", "Handed over to {0} (by {1})"],
  notThere: ["此事件已结束或不存在。", "This incident is closed, or does not exist."],
  // Steps
  steps: ["预案步骤", "Steps of the plan"], stepsDone: ["{0}/{1} 步", "{0} of {1} steps"],
  notNeeded: ["目前不需要的步骤（{0}）", "Steps not needed now ({0})"], clause: ["条款 {0}", "clause {0}"],
  open: ["待办", "Open"], accepted: ["已接受", "Accepted"], done: ["完成", "Done"], failed: ["未办成", "Failed"],
  skipped: ["已略过", "Skipped"], overdue: ["已超时 {0}", "Overdue by {0}"], dueIn: ["还有 {0}", "due in {0}"],
  overdueSteps: ["{0} 步超时", "{0} overdue"], nextDue: ["下一步还有 {0}", "next due in {0}"],
  beginsIn: ["{0} 后开始", "begins in {0}"], mandatory: ["必办", "Must be done"], optional: ["视情况", "If needed"],
  mayApply: ["是否适用未知，请当作适用", "Not known whether it applies: treat it as if"],
  byAt: ["{0}，{1}", "{0}, {1}"],
  // Actions
  machine: ["机器", "Machine"], modeAdvise: ["只提示，由人操作", "advises only: a person switches"],
  modeConfirm: ["等人放行", "waits for a release"], modeAuto: ["自动", "by itself"],
  actionIdle: ["未动作", "Has done nothing"], actionAdvised: ["提示人工操作", "Advises: switch by hand"],
  actionAwaiting: ["等待放行", "Waits for a release"], actionWanted: ["正在执行", "Under way"],
  actionDone: ["已执行", "Done"], actionFailed: ["执行失败", "Failed"], actionRefused: ["不允许执行", "Refused"],
  actionOvertaken: ["已不需要", "Not needed any more"], actionRestored: ["已恢复原状", "Put back"],
  outRecording: ["先作记录", "being recorded first"], outWriting: ["正在写入", "being written"],
  outConfirming: ["等待回读", "waiting for the read-back"], outConfirmed: ["回读证实", "proved by read-back"],
  outUnproven: ["无回读，未证实", "no read-back: not proved"], outFailed: ["未证实：失败", "not proved: failed"],
  outRefused: ["不允许", "refused"], outSpared: ["不动作：受保护或不允许", "left alone: protected or not allowed"], outAdvised: ["请人工操作", "switch by hand"],
  // Commands
  ack: ["确认", "Acknowledge"], accept: ["接受", "Accept"], markDone: ["完成", "Done"], fail: ["未办成…", "Failed…"],
  skip: ["略过…", "Skip…"], reopen: ["重新打开", "Reopen"], release: ["放行…", "Release…"], restore: ["恢复设备…", "Restore…"], shelve: ["搁置…", "Shelve…"],
  unshelve: ["取消搁置", "Unshelve"], handOver: ["移交…", "Hand over…"], over: ["上报情况已结束", "Report is over"],
  endDrill: ["结束演练", "End the drill"], takeOut: ["停用…", "Out of service…"], putIn: ["恢复使用", "In service"],
  send: ["发送", "Send"], reason: ["原因", "Reason"], note: ["说明", "Note"], required: ["必填", "required"],
  zone: ["地点", "Zone"], type: ["事件类型", "Incident type"], until: ["搁置到", "Shelve for"],
  minutesN: ["{0} 分钟", "{0} minutes"], hoursN: ["{0} 小时", "{0} hours"], to: ["移交给", "Hand over to"],
  reportTitle: ["人工上报事件", "Report an incident"], drillTitle: ["开始演练", "Start a drill"],
  reportKind: ["真实事件", "It is real"], drillKind: ["演练", "A drill"], outOfServiceKind: ["停用", "Maintenance"], oosTitle: ["停用一类事件", "Take out of service"],
  releaseAsk: ["放行后机器将立即动作：", "Once released the machine switches at once:"],
  restoreAsk: ["恢复本事件切断的设备。确认现场安全后再做。",
    "Put back what this incident switched off. Only when the place is safe."],
  oosHint: ["停用期间，该地点的这类事件不报警、不动作。", "Meanwhile incidents of this type there raise no alarm and switch nothing."],
  moreActions: ["更多操作", "More"], stepMore: ["其他结果", "Other outcome"],
  sending: ["发送中……", "Sending…"], answerOk: ["成功", "done"], answerRefused: ["被拒绝：{0}", "refused: {0}"],
  answerDenied: ["此账号没有操作权限", "this account may not command"],
  answerUnsent: ["没有发出：连接中断", "not sent: the link is down"],
  answerSilent: ["10 秒内没有答复，15 秒后此命令作废", "no answer within 10 s; the command does nothing after 15 s"],
  answerLate: ["迟到的答复：{0}", "late answer: {0}"], dismiss: ["知道了", "Dismiss"],
  // Building
  filter: ["筛选名称、地点、编号", "Filter by name, zone, id"], value: ["数值", "Value"], quality: ["质量", "Quality"],
  age: ["时间", "Age"], point: ["测点", "Point"], good: ["有效", "good"], stale: ["过期", "stale"], bad: ["无效", "bad"],
  ago: ["{0}前", "{0} ago"], never: ["从未读到", "never"], noValue: ["无值", "no value"], wholeSite: ["整个楼宇", "Whole site"],
  notGood: ["{0} 个无有效值", "{0} without a good value"], allGood: ["{0} 个测点均有效", "all {0} points good"],
  noPoints: ["没有测点", "No points"], plotKept: ["曲线只含本页打开后的数据（{0} 起），保存在此浏览器中。",
    "The plot has what came since this page was opened ({0}); it is kept in this browser only."],
  choosePoint: ["选择一个测点查看曲线", "Choose a point to see its plot"], hours: ["小时", "h"], minutes: ["分", "min"],
  seconds: ["秒", "s"], days: ["天", "d"],
  // Troubles, record, statistics
  noTroubles: ["监测系统本身没有故障", "The monitoring system itself has no trouble"],
  troubleHint: ["这里是监测系统自身的故障，不是预案中的事件。", "These are failings of the monitoring system, not incidents of the plan."],
  recordHint: ["本页打开（{0}）以来结束的事件。完整档案请用 facilityctl incidents、record。",
    "Incidents that ended since this page was opened ({0}). facilityctl incidents and record have the whole archive."],
  noRecord: ["还没有结束的事件", "Nothing has ended yet"], endedAway: ["离线期间结束", "Ended while this page was away"],
  noStats: ["尚无统计数据", "No statistics have come yet"], openNow: ["当前", "Open now"], active: ["正在发生", "Active"],
  returned: ["已恢复", "Returned"], drills: ["演练", "Drills"], raisedN: ["报警数", "Raised"],
  last10: ["最近 10 分钟", "Last 10 minutes"], lastHour: ["最近 1 小时", "Last hour"], lastDay: ["最近 24 小时", "Last day"],
  average10: ["平均每 10 分钟", "Average per 10 minutes"], peak10: ["10 分钟峰值", "Peak in 10 minutes"],
  flood: ["报警泛滥（10 分钟超过 {0} 个）", "Alarm flood: more than {0} in 10 minutes"], noFlood: ["无报警泛滥", "No alarm flood"],
  floodDay: ["一天中泛滥占 {0}%", "In flood for {0} % of the day"], chatteringList: ["抖动的规则", "Chattering rules"],
  standing: ["长期存在", "Standing"], staleList: ["长时间未处理", "Stale"], mostFrequent: ["最频繁", "Most frequent"],
  times: ["{0} 次", "{0} times"], none: ["无", "None"],
  // Sound, keys
  soundOn: ["声音开", "Sound on"], soundSilenced: ["静音到 {0}", "Silent until {0}"], soundBlocked: ["点此开声音", "Turn sound on"],
  silence: ["静音", "Silence"], keys: ["键盘", "Keyboard"], keysOn: ["使用单键快捷键", "Use single-key shortcuts"],
  keyMove: ["上一个、下一个事件", "previous, next incident"], keyTabs: ["切换页面", "switch the view"],
  keyHelp: ["本帮助", "this help"], keyEscape: ["关闭对话框或返回", "close a dialog, or go back"],
  keySilence: ["静音或恢复声音", "silence the sound, or bring it back"],
  wallMore: ["另有 {0} 个", "and {0} more"], wallTitle: ["全楼状态", "The building"], skipLink: ["跳到内容", "Skip to the content"],
};

// What facilityd answers is English; these are the sentences that people meet.
const ANSWERS = {
  "no open incident has this id": "没有这个未结束的事件",
  "the incident has no such step": "此事件没有这个步骤",
  "the plan has no incident type of this number": "预案没有这个编号的事件类型",
  "the building has no zone of this id": "楼里没有这个地点",
  "too many reported incidents or exercises are open": "未结束的上报事件或演练太多",
  "it is so already, or the incident's state does not allow it": "已经是这样，或事件目前的状态不允许",
  "this needs a reason in words": "须用文字写明原因",
  "a shelf lasts from 1 minute to 7 days": "搁置时间须在 1 分钟到 7 天之间",
  "an action is being carried out: wait for its end": "设备正在动作，请等它结束",
  "this is no exercise: only exercises are ended so": "这不是演练，只有演练可以这样结束",
  "a real incident is open: no exercise now": "有真实事件未结束，现在不能演练",
  "the condition is still true or not known: nothing is put back": "情况仍在发生或无法确定，不予恢复",
  "this incident has switched nothing": "此事件没有切换过任何设备",
  "cannot be put back now": "现在不能恢复",
  "expired": "命令已过期", "not available": "此功能不可用",
};

// Why a point has no value, as docs/mqtt.md lists it.
const REASONS = {
  "never read": "从未读到", "too old": "数据过旧", timeout: "超时", "link down": "链路中断", exception: "设备报错",
  "garbled answer": "应答混乱", "mismatched answer": "应答不符", "out of range": "超出量程",
  "not a number": "不是数", "device fault": "设备故障",
};

let language = "zh";

export const currentLanguage = () => language;
export function setLanguage(wanted) {
  language = wanted === "en" ? "en" : "zh";
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

/** The word, with {0}, {1} filled in. */
export function t(key, ...values) {
  const text = WORDS[key][language === "zh" ? 0 : 1];
  return text.replace(/\{(\d)\}/g, (_, i) => String(values[i]));
}

/** The name in the language; in the other one where it lacks. */
export const pick = (names) => (names ? names[language] || names.zh || names.en || "" : "");
export const answerText = (error) => (language === "zh" && ANSWERS[error]) || error;
export const reasonText = (reason) => (language === "zh" && REASONS[reason]) || reason;
export const units = () => ({ seconds: t("seconds"), minutes: t("minutes"), hours: t("hours"), days: t("days") });
/** A word of a table, or what came where the table has none. */
export const wordOr = (key, raw) => (key in WORDS ? t(key) : raw);
