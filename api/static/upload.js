// A file that somebody chooses is uploaded at once; the form then holds a reference to it, and not its bytes.

for (const chooser of document.querySelectorAll("input[type=file][data-upload]")) {
  chooser.addEventListener("change", () => upload(chooser));
}

function upload(chooser) {
  const [file] = chooser.files;
  const reference = chooser.parentElement.querySelector("input[type=hidden]");
  const status = chooser.parentElement.querySelector("[role=status]");
  const buttons = chooser.form.querySelectorAll("button[name=step]");
  reference.value = "";
  if (!file) {
    status.textContent = "";
    return;
  }
  const request = new XMLHttpRequest();
  const ended = (text) => {
    status.textContent = text;
    buttons.forEach((button) => (button.disabled = false));
  };
  request.open("POST", chooser.dataset.upload);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.setRequestHeader("X-Form-Token", chooser.form.elements.form_token.value);
  request.upload.addEventListener("progress", (event) => {
    status.textContent = `Uploading: ${Math.floor((100 * event.loaded) / Math.max(1, event.total))} %`;
  });
  request.addEventListener("load", () => {
    if (request.status === 201) {
      reference.value = request.responseText;
      ended(`${file.name}, ${file.size} bytes: it is here, encrypted.`);
    } else {
      ended(`Not uploaded: ${reason(request)}`);
    }
  });
  request.addEventListener("error", () => ended("Not uploaded: the service does not answer."));
  buttons.forEach((button) => (button.disabled = true));
  request.send(file);
}

function reason(request) {
  try {
    return JSON.parse(request.responseText).detail;
  } catch {
    return `status ${request.status}`;
  }
}
