// What a verification found: counted by kind, the first of each kept; and the verdict that follows.

import { IntegrityError, Unable } from "./bytes.js";

// The steps are those of `tallystick verify` (docs/verifying.md). The last three need the whole program.
export const STEPS = [
  [1, "files, as SHA256SUMS lists them", ["file", "sum"]],
  [2, "checkpoint", ["checkpoint", "label"]],
  [3, "consistency with an older checkpoint", ["consistency"]],
  [4, "entries in the signed tree", ["tree", "bundle", "inclusion", "stream", "proof"]],
  [5, "events in their one spelling", ["envelope", "event", "source", "fact"]],
  [6, "streams that were not cut", ["completeness"]],
  [7, "signatures by keys in force", ["keyring", "key", "signature"]],
  [8, "links within streams", ["chain", "time"]],
  [9, "blobs, policies and disclosures", ["blob", "disclosure"]],
  [10, "artifacts derived again", ["artifact"]],
  [11, "verdicts derived again", ["verdict"]],
  [12, "people's own signatures", ["attestation"]],
];
export const [CONTAINER, CHECKPOINT, CONSISTENCY, INCLUSION, EVENTS, COMPLETENESS, SIGNATURES, CHAINS, REFERENCES] =
  STEPS.map(([number]) => number);
export const NOT_HERE = [10, 11, 12];

const STEP_OF = new Map(STEPS.flatMap(([number, , kinds]) => kinds.map((kind) => [kind, number])));

export class NotThere extends Error {
  constructor(path) {
    super(`${path}: no such file`);
    this.path = path;
  }
}

// An earlier step has refused the file and said so already.
export class Refused extends Error {}

export class Tally {
  constructor() {
    this.found = new Map();
    this.missed = new Map();
    this.accepted = new Map();
    this.expected = new Map();
    this.short = new Set();
  }

  finding({ kind, place, expected, found }) {
    const seen = this.found.get(kind);
    if (seen) seen.count += 1;
    else this.found.set(kind, { kind, count: 1, first: { place, expected, found } });
  }

  gap(kind, place, reason) {
    const seen = this.missed.get(kind);
    if (seen) seen.count += 1;
    else this.missed.set(kind, { kind, count: 1, first: { place, reason } });
  }

  checked(step, count = 1) {
    this.accepted.set(step, this.count(step) + count);
  }

  count(step) {
    return this.accepted.get(step) ?? 0;
  }

  expect(step, count) {
    this.checked(step, 0);
    this.expected.set(step, count);
  }

  cutShort(step) {
    this.short.add(step);
  }

  isComplete(step) {
    return !this.short.has(step) && this.count(step) === (this.expected.get(step) ?? this.count(step));
  }

  isClean(step) {
    return ![...this.found.keys(), ...this.missed.keys()].some((kind) => STEP_OF.get(kind) === step);
  }

  // Runs `work`, and notes what the evidence or its source raises; other errors are the program's own.
  async collecting(kind, work) {
    try {
      return await work();
    } catch (error) {
      this.note(kind, error);
      return null;
    }
  }

  note(kind, error) {
    if (error instanceof IntegrityError) this.finding({ kind, ...error });
    else if (error instanceof NotThere) {
      this.finding({ kind, place: error.path, expected: "a file", found: "none" });
    } else if (error instanceof Unable) this.gap(kind, error.place, error.reason);
    else if (!(error instanceof Refused)) throw error;
  }

  get findings() {
    return inOrder(this.found);
  }

  get gaps() {
    return inOrder(this.missed);
  }

  get steps() {
    return STEPS.map(([number, title]) => ({ number, title, ...this.step(number) }));
  }

  step(number) {
    if (NOT_HERE.includes(number)) return { state: "not in a browser", checked: 0 };
    const wrong = this.findings.some(({ kind }) => STEP_OF.get(kind) === number);
    const unseen = this.gaps.some(({ kind }) => STEP_OF.get(kind) === number);
    const checked = this.count(number);
    if (!this.accepted.has(number) && !wrong && !unseen) return { state: "not run", checked: 0 };
    const whole = this.isComplete(number) && !unseen;
    return { state: wrong ? "failed" : whole ? "passed" : "incomplete", checked };
  }
}

const inOrder = (map) => [...map.values()].sort((one, other) => STEP_OF.get(one.kind) - STEP_OF.get(other.kind));

export function verdictOf(tally, head) {
  if (tally.findings.length) return "invalid";
  if (head === null || tally.steps.some(({ state }) => state === "incomplete")) return "could not check";
  return head.pinned ? "valid" : "origin not established";
}
