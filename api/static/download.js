// Downloads that show how far they are. Without a script, or for what is too large to hold, links do it alone.

const MOST_BYTES = 256 * 1024 * 1024;

const line = document.querySelector(".progress");
const bar = document.getElementById("progress");
const words = document.getElementById("progress-text");

function said(bytes) {
  return bytes < 1000 ? `${bytes} bytes` : bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

async function pieces(answer, whole) {
  const found = [];
  let done = 0;
  const reader = answer.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    found.push(part.value);
    done += part.value.length;
    bar.value = whole ? (100 * done) / whole : 0;
    words.textContent = whole ? `${said(done)} of ${said(whole)}` : said(done);
  }
  if (whole && done !== whole) throw new Error("cut off");
  return new Blob(found, { type: "application/octet-stream" });
}

async function download(link) {
  line.hidden = false;
  bar.removeAttribute("value");
  words.textContent = "Being made …";
  line.scrollIntoView({ block: "nearest" });
  const stopped = new AbortController();
  const answer = await fetch(link.href, { signal: stopped.signal });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Error(problem.detail ?? `status ${answer.status}`);
  }
  const whole = Number(answer.headers.get("Content-Length"));
  if (whole > MOST_BYTES) {
    stopped.abort();
    line.hidden = true;
    return location.assign(link.href);
  }
  save(await pieces(answer, whole), link.getAttribute("download"));
  words.textContent += ", saved";
}

function save(blob, name) {
  const saving = document.createElement("a");
  saving.href = URL.createObjectURL(blob);
  saving.download = name;
  saving.click();
  setTimeout(() => URL.revokeObjectURL(saving.href), 60_000);
}

async function clicked(event) {
  const link = event.target.closest("a[data-download]");
  if (!link || event.button !== 0 || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  try {
    await download(link);
  } catch (error) {
    bar.value = 0;
    words.textContent = `Not downloaded: ${error.message}`;
  }
}

document.addEventListener("click", clicked);
