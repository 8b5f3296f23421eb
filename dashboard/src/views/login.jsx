// Who are you, and which broker? Shown until the broker lets the account in.

import { useState } from "preact/hooks";
import { nextLanguage, t } from "../words.js";
import { Icon } from "./icons.jsx";

export function Login({ app }) {
  const [user, setUser] = useState(app.wantedUser), [password, setPassword] = useState("");
  const send = (event) => {
    event.preventDefault();
    app.login(user.trim(), password);
  };
  return (
    <main class="login" id="content">
      <form onSubmit={send}>
        <h1><Icon name="building" size="26" />facilityd</h1>
        {app.brokerIsOther && <p class="warning" role="alert"><Icon name="high" />{t("otherBroker")}<br /><code>{app.url}</code></p>}
        {app.refused && <p class="warning" role="alert"><Icon name="high" />{t("loginRefused")}</p>}
        <label class="field"><span>{t("user")}</span>
          <input name="user" autocomplete="username" autocapitalize="off" spellcheck={false} required={!app.wall} maxlength="64"
            value={user} onInput={(event) => setUser(event.currentTarget.value)} autofocus={!user} />
        </label>
        <label class="field"><span>{t("password")}</span>
          <input name="password" type="password" autocomplete="current-password" value={password} autofocus={Boolean(user)}
            onInput={(event) => setPassword(event.currentTarget.value)} />
        </label>
        <button class="primary" type="submit">{t("login")}</button>
        <p class="muted small">{t("broker")}: <code>{app.url}</code><br />{t("sessionOnly")}</p>
        <button type="button" class="plain" lang={app.language === "zh" ? "en" : "zh-CN"} onClick={app.switchLanguage}>{nextLanguage()}</button>
      </form>
    </main>
  );
}

/** Which of the sites that the broker tells of; where it tells of none, people must know. */
export function Sites({ app }) {
  const [site, setSite] = useState("");
  const send = (event) => {
    event.preventDefault();
    app.chooseSite(site.trim());
  };
  return (
    <main class="login" id="content">
      <form onSubmit={send}>
        <h1>{t("chooseSite")}</h1>
        {app.sites.length > 0
          ? <ul class="plain">{app.sites.map((one) => <li key={one}><button type="button" onClick={() => app.chooseSite(one)}>{one}</button></li>)}</ul>
          : (
            <>
              <label class="field"><span>{t("site")}</span>
                <input required pattern="[a-z0-9._\-]+" value={site} autocapitalize="off" onInput={(event) => setSite(event.currentTarget.value)} />
              </label>
              <button class="primary" type="submit">{t("login")}</button>
            </>
          )}
        <button type="button" class="plain" onClick={app.logout}>{t("logout")}</button>
      </form>
    </main>
  );
}
