// Verifies an export beside the page, so that the page stays usable: a file or files in, progress and a report out.

import { Folder } from "./container.js";
import { verify } from "./exportverifier.js";

const EVERY_MS = 100;
let last = 0;

async function progress(stage, done, total) {
  if (performance.now() - last < EVERY_MS) return;
  last = performance.now();
  postMessage({ progress: { stage, done, total } });
}

addEventListener("message", async ({ data: { zip, files, vkey, since } }) => {
  try {
    postMessage({ report: await verify(zip ?? new Folder(files), { vkey, since }, progress) });
  } catch (error) {
    postMessage({ error: error.message ?? String(error) });
  }
});
