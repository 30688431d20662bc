// The room of an incident stays up to date: told of a new version, it asks for its own page again and puts the
// new parts in the places of the old. What somebody has opened stays open, and what they read does not jump.

const PARTS = "[data-live]";
const room = document.querySelector("[data-room]");

tick();
setInterval(tick, 10_000);
if (room) {
  follow(room);
}

function follow(room) {
  const said = document.querySelector("#live");
  const source = new EventSource(room.dataset.room);
  let asking = Promise.resolve();
  source.addEventListener("version", (event) => {
    if (Number(event.data) > Number(room.dataset.version)) {
      asking = asking.then(() => refresh(room, said)).catch(() => say(said, "The newest could not be loaded."));
    }
  });
  source.addEventListener("open", () => say(said, "Live"));
  source.addEventListener("error", () => {
    // The browser tries again by itself, unless the service said that there is nothing for us.
    const gone = source.readyState === EventSource.CLOSED;
    say(said, gone ? "Not live: open the page again" : "Not live: the service does not answer");
  });
}

async function refresh(room, said) {
  const answer = await fetch(location.pathname + location.search, { redirect: "error" });
  if (!answer.ok) {
    throw new Error(`status ${answer.status}`);
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const before = Number(room.dataset.version);
  for (const fresh of page.querySelectorAll(PARTS)) {
    const old = document.querySelector(`[data-live="${fresh.dataset.live}"]`);
    if (old && !old.isEqualNode(fresh)) {
      keepOpen(old, fresh);
      keepFocus(old, () => old.replaceChildren(...fresh.childNodes));
    }
  }
  room.dataset.version = page.querySelector("[data-room]").dataset.version;
  const news = Number(room.dataset.version) - before;
  say(said, `Live: ${news} new ${news === 1 ? "fact" : "facts"}`);
  tick();
}

function keepOpen(old, fresh) {
  for (const details of old.querySelectorAll("details[id]")) {
    const same = fresh.querySelector(`#${CSS.escape(details.id)}`);
    if (same) {
      same.open = details.open;
    }
  }
}

function keepFocus(old, change) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const link = focused?.getAttribute("href");
  change();
  if (focused) {
    const same = focused.id ? document.getElementById(focused.id) : link && old.querySelector(`[href="${CSS.escape(link)}"]`);
    same?.focus({ preventScroll: true });
  }
}

function say(place, text) {
  if (place && place.textContent !== text) {
    place.textContent = text;
  }
}

// Ages that tick: the time stays in the page for who needs it exactly, and for who has no script.
function tick() {
  for (const time of document.querySelectorAll("time")) {
    const at = new Date(time.dateTime);
    time.title = `${time.dateTime} · ${at.toLocaleString()} here`;
    if ("age" in time.dataset) {
      time.textContent = `${age((Date.now() - at) / 1000)} ago`;
    }
  }
}

function age(seconds) {
  const steps = [[86_400, "d"], [3_600, "h"], [60, "min"]];
  for (const [size, unit] of steps) {
    if (seconds >= size) {
      return `${Math.floor(seconds / size)} ${unit}`;
    }
  }
  return `${Math.max(0, Math.floor(seconds))} s`;
}
