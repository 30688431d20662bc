// Events (docs/formats/event.md): CloudEvents in canonical JSON, a closed set of attributes, each in one form.

import { IntegrityError, hex, shown, utf8 } from "./bytes.js";
import { decode, isObject } from "./canonical.js";
import { sha256 } from "./crypto.js";

const ORIGIN = /^[a-z0-9.-]+(?:\/[a-z0-9._~-]+)*$/;
const STREAM = /^[a-z0-9-]+$/;
const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9][.][0-9]{6}Z$/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const FORMS = {
  specversion: /^1\.0$/,
  datacontenttype: /^application\/json$/,
  id: UUID7,
  type: /^[a-z][a-z0-9-]*(?:[.][a-z][a-z0-9-]*)*[.]v[1-9][0-9]{0,3}$/,
  subject: STREAM,
  prevhash: /^[0-9a-f]{64}$/,
  time: TIME,
  recordedtime: TIME,
  authtype: /^(?:user|api_key|service_account|system)$/,
  authid: /^p-[a-z0-9-]+$/,
  authroles: /^[a-z0-9_-]+(?:,[a-z0-9_-]+)*$/,
  correlationid: STREAM,
  causationid: UUID7,
};
const OPTIONAL = ["authroles", "correlationid", "causationid"];
const REQUIRED = [
  ...Object.keys(FORMS).filter((name) => !OPTIONAL.includes(name)),
  ...["source", "streamversion", "data"],
];

export const isStream = (name) => typeof name === "string" && STREAM.test(name);

export function checkOrigin(text, place) {
  if (typeof text !== "string" || text.length > 128 || !ORIGIN.test(text)) {
    throw new IntegrityError(place, "[a-z0-9.-]+(/[a-z0-9._~-]+)*, at most 128 bytes", shown(text));
  }
  return text;
}

export function parseEvent(payload, place) {
  const event = decode(payload, place);
  if (!isObject(event)) throw new IntegrityError(place, "an object", shown(JSON.stringify(event)));
  const missing = REQUIRED.filter((name) => !Object.hasOwn(event, name)).sort();
  if (missing.length) throw new IntegrityError(place, `the attributes ${missing.join(", ")}`, "none");
  const surplus = Object.keys(event).filter((name) => !REQUIRED.includes(name) && !OPTIONAL.includes(name));
  if (surplus.length) throw new IntegrityError(place, "no other attributes", shown(surplus.sort()[0]));
  for (const [name, form] of Object.entries(FORMS)) {
    const value = event[name];
    if (!Object.hasOwn(event, name)) continue;
    if (typeof value !== "string" || !form.test(value)) {
      throw new IntegrityError(`${place}.${name}`, form.source, shown(value));
    }
    if (form === TIME) checkCalendar(value, `${place}.${name}`);
  }
  checkRest(event, place);
  return event;
}

function checkRest({ source, streamversion, authroles, data }, place) {
  if (typeof source !== "string" || !source.startsWith("//")) {
    throw new IntegrityError(`${place}.source`, "// and the log's origin", shown(source));
  }
  checkOrigin(source.slice(2), `${place}.source`);
  if (!Number.isInteger(streamversion) || streamversion < 1 || streamversion > 2 ** 31 - 1) {
    throw new IntegrityError(`${place}.streamversion`, "an integer from 1 to 2147483647", shown(streamversion));
  }
  const roles = authroles?.split(",") ?? [];
  if (roles.some((role, i) => i > 0 && !(roles[i - 1] < role))) {
    throw new IntegrityError(`${place}.authroles`, "roles in order, each once", shown(authroles));
  }
  if (!isObject(data)) throw new IntegrityError(`${place}.data`, "an object", shown(data));
}

function checkCalendar(time, place) {
  const [year, month, day] = [time.slice(0, 4), time.slice(5, 7), time.slice(8, 10)].map(Number);
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = DAYS[month - 1] + (leap ? 1 : 0);
  if (year < 1 || !(day >= 1 && day <= days)) {
    throw new IntegrityError(place, "a day of the calendar", shown(time));
  }
}

// The `prevhash` of a stream's first event: it binds the stream to its ledger and its name.
export async function genesis(origin, subject) {
  return hex(await sha256(utf8(`tallystick/genesis/v1\n${origin}\n${subject}\n`)));
}
