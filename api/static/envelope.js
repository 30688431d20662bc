// Envelopes (docs/formats/envelope.md): DSSE v1 in one spelling, one signature, Ed25519 over the PAE.

import { IntegrityError, concat, decodeBase64, latin1, shown, utf8 } from "./bytes.js";

export const PAYLOAD_TYPE = "application/cloudevents+json";
export const MAX_ENVELOPE = 65535;

const HEAD = '{"payload":"';
const TAIL =
  /^","payloadType":"application\/cloudevents\+json","signatures":\[\{"keyid":"([0-9a-f]{64})","sig":"([A-Za-z0-9+/]{85}[AQgw]==)"\}\]\}$/;
const TAIL_SIZE = 236; // bytes: all but the payload has a fixed size

export function parseEnvelope(bytes, place) {
  if (bytes.length > MAX_ENVELOPE) {
    throw new IntegrityError(place, `an envelope of at most ${MAX_ENVELOPE} bytes`, bytes.length);
  }
  const text = latin1(bytes);
  const tail = TAIL.exec(text.slice(Math.max(HEAD.length, text.length - TAIL_SIZE)));
  if (tail === null || !text.startsWith(HEAD)) {
    throw new IntegrityError(place, "a DSSE envelope of one event in its one spelling", shown(text));
  }
  return {
    payload: decodeBase64(text.slice(HEAD.length, text.length - TAIL_SIZE), place),
    keyid: tail[1],
    signature: decodeBase64(tail[2], place),
  };
}

// The pre-authentication encoding: what a signature is made over.
export function pae(type, body) {
  const kind = utf8(type);
  return concat(utf8("DSSEv1 "), utf8(`${kind.length} `), kind, utf8(` ${body.length} `), body);
}
