// The button on the page of one fact: verifies it here, against what the visitor pastes.

import { Unable } from "./bytes.js";
import { check } from "./crypto.js";
import { byId, pasted, stepItem } from "./elements.js";
import { verifyFact } from "./factverifier.js";

const form = byId("verify");
const summary = byId("verify-summary");
const list = byId("verify-steps");

// What this page claims about the fact, as it is shown.
function claimed() {
  const { position, keys, previous, size } = form.dataset;
  const texts = (selector) => [...document.querySelectorAll(selector)].map((found) => found.textContent);
  const attributes = [...document.querySelectorAll("[data-attribute]")];
  return {
    position: Number(position),
    keys: keys.split(" ").map(Number),
    previous: previous === "" ? null : Number(previous),
    size: Number(size),
    attributes: new Map(attributes.map((found) => [found.dataset.attribute, found.textContent])),
    data: byId("data").textContent,
    keyid: byId("keyid").textContent,
    signature: byId("signature").textContent,
    path: texts("[data-sibling]"),
  };
}

async function fetched(path) {
  const response = await fetch(`/log/${path}`);
  if (!response.ok) throw new Unable(`/log/${path}`, `the service answers ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function run() {
  list.replaceChildren();
  const states = [];
  const said = (step) => {
    states.push(step.state);
    list.append(stepItem(step));
  };
  summary.className = "notice";
  summary.textContent = "Verifying…";
  const own = { vkey: byId("vkey").value.trim(), checkpoint: pasted(byId("checkpoint").value) };
  try {
    await verifyFact(claimed(), own, fetched, said);
  } catch (error) {
    states.push("not checked");
    said({ title: "An error of this page", state: "not checked", detail: String(error) });
  }
  const failed = states.includes("failed");
  const passed = states.every((state) => state === "passed");
  summary.className = `notice ${passed ? "good" : "stop"}`;
  summary.textContent = failed
    ? "Not verified: a step failed. Keep what you pasted, and ask why."
    : passed
      ? "Verified: this fact is in the log that your key signed, as this page shows it."
      : "Could not check everything.";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  await run();
  button.disabled = false;
});

try {
  await check();
  form.hidden = false;
} catch (error) {
  summary.className = "notice";
  summary.textContent = `Nothing can be verified on this page: ${error.reason ?? error}.`;
}
