// Replay without loading a page for each step: asks for the part of the page that is about one moment.
//
// One request at a time, always for the moment wanted last, so that a key held down or a slider dragged through
// ten thousand facts asks for as many moments as can be shown, and for no more. What was seen is kept.

const KEPT = 200;
const SETTLED_MS = 120;
const FRAME_MS = 900;

const projector = document.getElementById("projector");
const slider = document.getElementById("slider");
const play = document.getElementById("play");
const where = document.getElementById("where");
const chapters = [...document.querySelectorAll(".chapters a")];

const kept = new Map();
let wanted = document.getElementById("moment").dataset.at;
let shown = wanted;
let busy = false;
let settling;
let playing;

async function frame(query) {
  if (kept.has(query)) return kept.get(query);
  const answer = await fetch(`${projector.dataset.moments}?${query}`);
  if (answer.redirected || !answer.ok) throw new Error(`status ${answer.status}`);
  const found = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (kept.size >= KEPT) kept.delete(kept.keys().next().value);
  kept.set(query, found);
  return found;
}

async function show(query) {
  wanted = query;
  if (busy) return;
  busy = true;
  try {
    while (shown !== wanted) {
      const asked = wanted;
      const found = await frame(asked);
      shown = asked;
      put(found);
    }
    await ahead();
  } catch {
    // Signed out, gone, or no network: the whole page says which.
    location.assign(`?${wanted}`);
  } finally {
    busy = false;
  }
  if (shown !== wanted) show(wanted);
}

async function ahead() {
  const next = version() + 1;
  if (shown === wanted && next <= Number(slider.max)) await frame(`at_version=${next}`).catch(() => undefined);
}

function put(found) {
  const old = document.getElementById("moment");
  const fresh = document.importNode(found.getElementById("moment"), true);
  const inside = old.contains(document.activeElement);
  old.replaceWith(fresh);
  where.replaceChildren(...document.importNode(found.getElementById("where"), true).childNodes);
  for (const way of found.querySelectorAll("#controls a")) {
    const control = document.getElementById(way.id);
    for (const name of ["href", "role", "aria-disabled"]) {
      if (way.hasAttribute(name)) control.setAttribute(name, way.getAttribute(name));
      else control.removeAttribute(name);
    }
  }
  document.getElementById("playhead").setAttribute("x", fresh.dataset.place);
  slider.max = fresh.dataset.newest;
  if (shown === wanted) slider.value = fresh.dataset.version;
  slider.setAttribute("aria-valuetext", where.textContent.trim());
  if (inside) document.getElementById("fact").focus({ preventScroll: true });
  mark();
  // Browsers allow only so many changes of the address: it follows once a step is shown for a moment.
  clearTimeout(settling);
  settling = setTimeout(() => history.replaceState(null, "", `?${shown}`), SETTLED_MS);
}

function mark() {
  const here = chapters.findLast((link) => Number(link.dataset.version) <= version());
  for (const link of chapters) {
    if (link === here) link.setAttribute("aria-current", "step");
    else link.removeAttribute("aria-current");
  }
}

function version() {
  return Number(slider.value);
}

function to(number) {
  const last = Number(slider.max);
  slider.value = Math.min(Math.max(number, 1), last);
  return show(`at_version=${slider.value}`);
}

function chapter(forward) {
  const starts = chapters.map((link) => Number(link.dataset.version));
  const found = forward ? starts.find((it) => it > version()) : starts.findLast((it) => it < version());
  to(found ?? (forward ? Number(slider.max) : 1));
}

function minute(id) {
  const way = document.getElementById(id).getAttribute("href");
  if (way) show(way.slice(1));
}

const WAYS = {
  "first": () => to(1),
  "chapter-before": () => chapter(false),
  "previous": () => to(version() - 1),
  "next": () => to(version() + 1),
  "chapter-after": () => chapter(true),
  "last": () => to(Number(slider.max)),
  "earlier": () => minute("earlier"),
  "later": () => minute("later"),
};
const ANYWHERE = { ArrowLeft: "previous", ArrowRight: "next" };
const AT_SLIDER = {
  ...ANYWHERE, ArrowDown: "previous", ArrowUp: "next", Home: "first", End: "last",
  PageDown: "chapter-before", PageUp: "chapter-after",
};
const WITH_SHIFT = { ArrowLeft: "earlier", ArrowRight: "later" };

function pressed(event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const there = projector.contains(event.target);
  if (!there && event.target.closest("input, textarea, select, [contenteditable]")) return;
  const way = event.shiftKey ? WITH_SHIFT[event.key] : (there ? AT_SLIDER : ANYWHERE)[event.key];
  if (!way) return;
  event.preventDefault();
  stop();
  WAYS[way]();
}

function clicked(event) {
  const link = event.target.closest("a[data-moment]");
  if (!link || event.button !== 0 || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  stop();
  if (!link.hasAttribute("href")) return;
  if (WAYS[link.id]) WAYS[link.id]();
  else show(link.getAttribute("href").slice(1));
}

function stop() {
  clearInterval(playing);
  playing = undefined;
  play.textContent = "Play";
}

function toggle() {
  if (playing) return stop();
  play.textContent = "Pause";
  if (version() === Number(slider.max)) to(1);
  playing = setInterval(() => (version() < Number(slider.max) ? to(version() + 1) : stop()), FRAME_MS);
}

for (const id of ["scrub", "play", "keys"]) document.getElementById(id).hidden = false;
slider.setAttribute("aria-valuetext", where.textContent.trim());
slider.addEventListener("input", () => to(version()));
play.addEventListener("click", toggle);
document.addEventListener("keydown", pressed);
document.addEventListener("click", clicked);
history.replaceState(null, "", `?${shown}`);
mark();
