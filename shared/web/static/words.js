// The page's words, in its language.

export const words = JSON.parse(document.getElementById("words").textContent);
export const language = document.documentElement.lang.startsWith("en") ? "en" : "pt";
export const tag = language === "en" ? "en-GB" : "pt-BR";
export const say = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
export const when = new Intl.DateTimeFormat(tag, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "America/Sao_Paulo" });
export const day = new Intl.DateTimeFormat(tag, { dateStyle: "long", timeZone: "UTC" });
export const dayOf = new Intl.DateTimeFormat(tag, { dateStyle: "long", timeZone: "America/Sao_Paulo" });
export const number = new Intl.NumberFormat(tag);
