// What the page says, from the table of words (core/words), which the build puts in. Names of the
// building and the plan come with the documents.

import WORDS from "facilityd-words";

const LANGUAGES = Object.keys(WORDS.language.name);
let language = "zh";

export function setLanguage(wanted) {
  language = LANGUAGES.includes(wanted) ? wanted : "zh";
  document.documentElement.lang = language === "zh" ? "zh-CN" : language;
}
export const currentLanguage = () => language;
const after = () => LANGUAGES[(LANGUAGES.indexOf(language) + 1) % LANGUAGES.length];
/** The next one of the table, for the button that switches: what it is called, and to take it. */
export const nextLanguage = () => WORDS.language.name[after()];
export function switchLanguage() {
  setLanguage(after());
  return language;
}

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));

/** One of the page's own, with {0}, {1} filled in. */
export const t = (key, ...values) => filled(WORDS.page[key][language], values);

/** A word of a group, as a topic carries it; the topic's own where the table has none. */
const plain = (group, id) => (Object.hasOwn(WORDS[group], id) ? WORDS[group][id][language] : id);
export function word(group, id) {
  const text = plain(group, id);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
export const states = (state) => word("state", state).split(/, |，/);

const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const pattern = (text) => new RegExp(`^${literal(text).replace(/\\\{(\w+)\\\}/g, "(?<$1>.+)")}$`);

/** What facilityd has said in English, in the language; what a person said stays as it is. */
function said(group, text) {
  for (const texts of Object.values(WORDS[group])) {
    const found = pattern(texts.en).exec(text ?? "");
    if (found)
      return filled(texts[language], Object.fromEntries(
        Object.entries(found.groups ?? {}).map(([name, part]) => [name, said(group, part)])));
  }
  return text;
}

/** The name in the language; in another one where it lacks. */
export const pick = (names) => (names ? names[language] || names.en || names.zh || "" : "");
export const answerText = (error) => said("refusal", error);
export const outputError = (error) => said("write-refusal", error);
export const noteText = (note) => said("note", note);
export const reasonText = (reason) => plain("reason", reason);
export const units = () => ({ seconds: t("seconds"), minutes: t("minutes"), hours: t("hours"), days: t("days") });
