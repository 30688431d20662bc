// The checks of one entry after another, in the order of the log: one spelling, this ledger, a key in force,
// its signature, the link to its stream, time that does not fall. An entry has at most one finding.

import { IntegrityError, hex } from "./bytes.js";
import { holds, verifySignature } from "./crypto.js";
import { PAYLOAD_TYPE, pae, parseEnvelope } from "./envelope.js";
import { genesis, parseEvent } from "./event.js";
import { EMPTY, fold, recorderKey, valid } from "./keyring.js";

export class Audit {
  constructor(origin) {
    this.origin = origin;
    this.keyring = EMPTY;
    this.streams = new Map();
  }

  // Returns what each entry says and what is wrong with it. Signatures by keys known by now are checked at
  // once, side by side; what they mean is decided one after the other.
  async batch(entries) {
    const read = entries.map((entry) => this.read(entry));
    await Promise.all(read.map((item) => this.ahead(item)));
    const audited = [];
    for (const item of read) audited.push(await this.entry(item));
    return audited;
  }

  read({ position, data, leaf, stream = null }) {
    const item = { position, leaf, listed: stream, place: `entry ${position}`, envelope: null, event: null };
    let kind = "envelope";
    try {
      item.envelope = parseEnvelope(data, item.place);
      kind = "event";
      item.event = parseEvent(item.envelope.payload, item.place);
    } catch (error) {
      item.wrong = finding(kind, error);
    }
    return item;
  }

  async ahead(item) {
    const key = item.event && recorderKey(this.keyring, item.envelope.keyid);
    if (!key) return;
    if (await holds(key, pae(PAYLOAD_TYPE, item.envelope.payload), item.envelope.signature)) item.signedBy = key;
  }

  async entry(item) {
    const { position, place, envelope, event } = item;
    if (event === null) return item;
    let kind = "source";
    try {
      if (event.source !== `//${this.origin}`) {
        throw new IntegrityError(`${place}, source`, `//${this.origin}`, event.source);
      }
      kind = "keyring";
      const isKeys = event.subject === "keys";
      const keyring = isKeys ? await fold(this.keyring, position, event, envelope.keyid) : this.keyring;
      kind = "key";
      const key = valid(keyring, envelope.keyid, position);
      kind = "signature";
      if (item.signedBy !== key) await this.verify(envelope, key, place);
      kind = "chain";
      const before = this.streams.get(event.subject) ?? {
        version: 0,
        leaf: await genesis(this.origin, event.subject),
        recordedtime: "",
      };
      checkLink(event, before, place);
      kind = "time";
      if (event.recordedtime < before.recordedtime) {
        const expected = `not before ${before.recordedtime}`;
        throw new IntegrityError(`${place}, recordedtime`, expected, event.recordedtime);
      }
      // Only now: a key fact that does not hold must not change who may sign what follows.
      this.keyring = keyring;
    } catch (error) {
      item.wrong = finding(kind, error);
    }
    // Also past what was refused, so that one bad entry is not reported again by all that follow it.
    const { streamversion: version, recordedtime } = event;
    this.streams.set(event.subject, { version, leaf: hex(item.leaf), recordedtime });
    if (!item.wrong && item.listed !== null && item.listed !== event.subject) {
      item.wrong = finding("chain", new IntegrityError(`${place}, subject`, item.listed, event.subject));
    }
    return item;
  }

  async verify(envelope, key, place) {
    const message = pae(PAYLOAD_TYPE, envelope.payload);
    await verifySignature(key, message, envelope.signature, `${place}, signature`);
  }
}

// Anything but a refusal of evidence is a fault of this program, and goes on its way.
export function finding(kind, error) {
  if (!(error instanceof IntegrityError)) throw error;
  return { kind, place: error.place, expected: error.expected, found: error.found };
}

export function checkLink(event, before, place) {
  if (event.streamversion !== before.version + 1) {
    throw new IntegrityError(
      `${place}, streamversion`,
      `version ${before.version + 1} of ${event.subject}`,
      `version ${event.streamversion}`,
    );
  }
  if (event.prevhash !== before.leaf) {
    throw new IntegrityError(`${place}, prevhash`, before.leaf, event.prevhash);
  }
}
