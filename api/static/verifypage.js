// The page that verifies an export which never leaves this browser: takes it by choice or drop, shows how far
// it is, and what was found.

import { check } from "./crypto.js";
import { byId, code, difference, element, pasted, stepItem } from "./elements.js";

const VERDICTS = {
  valid: ["good", "Valid, as far as a browser checks: every step that it does holds, under your key."],
  invalid: ["stop", "Invalid: the evidence contradicts itself, your key, or your older checkpoint."],
  "could not check": ["", "Could not check everything. Nothing contradicts, but see what was not looked at."],
  "origin not established": [
    "", "Consistent in itself, but origin not established: no key of yours was used, so anybody could have made it.",
  ],
};

const form = byId("verify");
const [zone, status, bar, result] = ["drop", "verify-summary", "progress", "result"].map(byId);
let worker = null;
let chosen = null;

function choose(picked, name) {
  chosen = picked;
  byId("chosen").textContent = name;
}

// Paths below the folder that was chosen: its own name is none of the export's.
const below = (path) => path.split("/").slice(1).join("/");

function ofFiles(files) {
  return { files: files.map((file) => [below(file.webkitRelativePath), file]) };
}

async function ofEntry(entry) {
  const found = [];
  const walk = async (folder) => {
    const reader = folder.createReader();
    for (;;) {
      const some = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (some.length === 0) return;
      for (const item of some) {
        if (item.isDirectory) await walk(item);
        else found.push([below(item.fullPath.slice(1)), await new Promise((done, failed) => item.file(done, failed))]);
      }
    }
  };
  await walk(entry);
  return { files: found };
}

async function dropped(transfer) {
  const entry = transfer.items[0]?.webkitGetAsEntry?.();
  const file = transfer.files[0];
  if (entry?.isDirectory) choose(await ofEntry(entry), `${entry.name}/`);
  else if (file) choose({ zip: file }, file.name);
}

function start() {
  const vkey = byId("vkey").value.trim();
  const older = byId("since").value.trim();
  worker?.terminate();
  worker = new Worker(new URL("./verifyworker.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data }) => heard(data));
  worker.addEventListener("error", (event) => heard({ error: event.message || "the worker did not start" }));
  working(true);
  say("", "Verifying…");
  result.replaceChildren();
  worker.postMessage({ ...chosen, vkey, since: older ? pasted(older) : "" });
}

function heard({ progress, report, error }) {
  if (progress) {
    const { stage, done, total } = progress;
    status.textContent = `Verifying: ${stage}, ${done.toLocaleString("en")}${total ? ` of ${total.toLocaleString("en")}` : ""}`;
    bar.max = total || 1;
    if (total) bar.value = done;
    else bar.removeAttribute("value");
    return;
  }
  working(false);
  if (error) say("stop", `Nothing was verified. ${error}`);
  else show(report);
}

function working(yes) {
  bar.hidden = !yes;
  byId("stop").hidden = !yes;
  form.querySelector("#go").disabled = yes;
  if (!yes) worker?.terminate();
}

function say(kind, text) {
  status.className = `notice ${kind}`;
  status.textContent = text;
}

function show(report) {
  say(...VERDICTS[report.verdict]);
  status.dataset.verdict = report.verdict;
  result.replaceChildren(facts(report), ...findings(report), ...gaps(report), steps(report), ...remarks(report));
  status.focus();
}

function facts({ kind, origin, size, entries, streams, root, logKey, pinned, complete, sealed }) {
  const rows = [
    ["What it is", kind === "ledger" ? "A whole ledger" : "One incident"],
    ["Log", origin],
    ["Signed tree", size === null ? null : `${size.toLocaleString("en")} entries`],
    ["Entries here", entries.toLocaleString("en")],
    ["Streams", streams],
    ["Root", root],
    [pinned ? "Your key" : "Key beside the log, not yours", logKey],
    ["Complete up to", complete && `${complete.size} entries, as claimed by heads fact #${complete.heads}`],
    ["Sealed texts", sealed && `${sealed.disclosed} disclosed, ${sealed.withheld} withheld`],
  ];
  const list = element("dl", { class: "attributes" });
  if (origin === null) return list; // then nothing is known of what it is
  for (const [name, value] of rows) {
    if (value === null) continue;
    list.append(element("div", {}, element("dt", {}, name), element("dd", {}, code(value))));
  }
  return list;
}

function findings({ findings }) {
  if (findings.length === 0) return [];
  const list = element("ul", { class: "steps" });
  for (const { kind, count, first } of findings) {
    const title = `${kind}${count > 1 ? `, ${count.toLocaleString("en")} times, first` : ""}`;
    const item = element("li", { class: "step step-failed", "data-kind": kind, "data-count": count });
    item.append(element("p", {}, element("strong", {}, title)), difference(first.place, first.expected, first.found));
    list.append(item);
  }
  return [element("h3", {}, "What is wrong"), list];
}

function gaps({ gaps }) {
  if (gaps.length === 0) return [];
  const list = element("ul", { class: "steps" });
  for (const { kind, count, first } of gaps) {
    const more = count > 1 ? ` (${count} such)` : "";
    list.append(element("li", { class: "step" }, `${kind}${more}: `, code(first.place), ` ${first.reason}`));
  }
  return [element("h3", {}, "What could not be checked"), list];
}

function steps({ steps }) {
  const list = element("ol", { class: "steps" });
  for (const { title, state, checked } of steps) {
    const item = stepItem({ title, state });
    if (checked) item.firstChild.append(element("span", { class: "meta" }, `, ${checked.toLocaleString("en")}`));
    list.append(item);
  }
  return element("details", { open: "" }, element("summary", {}, "The steps, as tallystick verify has them"), list);
}

function remarks({ repacked, doubtful }) {
  const texts = doubtful.map(
    ({ key, role, first, last }) =>
      `Valid, but doubtful: entries ${first} to ${last}, signed while the ${role} key ${key} may have been in wrong hands.`,
  );
  if (repacked) {
    texts.push(
      "This ZIP was packed again: its files were checked as the folder they make. tallystick verify refuses such a ZIP; unpack it and give it the folder.",
    );
  }
  return texts.map((text) => element("p", { class: "notice" }, text));
}

byId("zip").addEventListener("change", ({ target }) => {
  if (target.files[0]) choose({ zip: target.files[0] }, target.files[0].name);
});
byId("folder").addEventListener("change", ({ target }) => {
  const files = [...target.files];
  if (files.length) choose(ofFiles(files), `${files[0].webkitRelativePath.split("/")[0]}/`);
});
for (const kind of ["dragenter", "dragover"]) {
  zone.addEventListener(kind, (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
}
zone.addEventListener("dragleave", () => zone.classList.remove("over"));
zone.addEventListener("drop", async (event) => {
  event.preventDefault();
  zone.classList.remove("over");
  await dropped(event.dataTransfer);
});
byId("stop").addEventListener("click", () => {
  working(false);
  say("", "Stopped.");
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (chosen) start();
  else say("stop", "Choose an export first.");
});

try {
  await check();
  form.hidden = false;
} catch (error) {
  say("", `Nothing can be verified on this page: ${error.reason ?? error}.`);
}
