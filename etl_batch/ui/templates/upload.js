// Sends the form's file with progress. One upload at a time is kept beside the page, not in it: whatever redraws the
// form, or shows another screen, finds it going on.
const upload = (globalThis.etlUpload ??= { request: null, name: "", done: 0, total: 0, rate: 0, outcome: {}, show: null });

const UNITS = ["bytes", "kB", "MB", "GB", "TB"];

function size(bytes) {
  let power = 0;
  while (bytes >= 999.5 && power < UNITS.length - 1) {
    bytes /= 1000;
    power += 1;
  }
  const digits = power === 0 || bytes >= 99.95 ? 0 : bytes >= 9.995 ? 1 : 2;
  return `${bytes.toFixed(digits)}\u202f${UNITS[power]}`;
}

function time(seconds) {
  const whole = Math.max(Math.ceil(seconds), 1);
  return whole < 60 ? `${whole}\u202fs` : `${Math.floor(whole / 60)}\u202fmin ${whole % 60}\u202fs`;
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function askBeforeLeaving(event) {
  event.preventDefault();
}

function answer(request, texts) {
  if (request.status === 401) return { wrong: texts.ended };
  let body = null;
  try {
    body = JSON.parse(request.responseText);
  } catch {
    // Not from the console itself: a proxy's page, for one.
  }
  if (request.status === 201 && body) return { stored: body };
  return { wrong: body?.error ?? fill(texts.refused, { status: request.status }) };
}

function send(file, action, texts) {
  const request = new XMLHttpRequest();
  const fields = new FormData();
  fields.append("file", file);
  Object.assign(upload, { request, name: file.name, done: 0, total: file.size, rate: 0 });
  let [moment, before] = [performance.now(), 0];
  request.upload.onprogress = (event) => {
    const now = performance.now();
    const last = event.loaded >= event.total;
    if (now - moment < 200 && !last) return;
    const rate = ((event.loaded - before) / Math.max(now - moment, 1)) * 1000;
    upload.rate = upload.rate ? 0.7 * upload.rate + 0.3 * rate : rate;
    [moment, before] = [now, event.loaded];
    Object.assign(upload, { done: event.loaded, total: event.total });
    upload.show?.();
  };
  const end = (outcome) => {
    upload.request = null;
    window.removeEventListener("beforeunload", askBeforeLeaving);
    // Kept when no form is there to show it: the next one will.
    upload.outcome = outcome;
    upload.show?.();
  };
  request.onload = () => end(answer(request, texts));
  request.onerror = () => end({ wrong: texts.lost });
  request.onabort = () => end({ said: texts.cancelled });
  request.open("POST", action);
  request.setRequestHeader("Accept", "application/json");
  window.addEventListener("beforeunload", askBeforeLeaving);
  request.send(fields);
}

export default function ({ parentElement, data, setTriggerValue }) {
  const { texts, limit } = data;
  const form = parentElement.querySelector("form");
  const input = form.querySelector("input");
  const submit = form.querySelector("button[type=submit]");
  const panel = form.querySelector(".etl-upload-progress");
  const bar = panel.querySelector("[role=progressbar]");
  const numbers = panel.querySelector(".etl-upload-numbers");
  const said = form.querySelector(".etl-upload-said");
  const wrong = form.querySelector(".etl-upload-wrong");

  const show = () => {
    const outcome = upload.outcome;
    upload.outcome = {};
    const going = upload.request !== null;
    const percent = upload.total ? Math.floor((100 * upload.done) / upload.total) : 0;
    panel.hidden = !going;
    input.disabled = submit.disabled = going;
    bar.setAttribute("aria-valuenow", percent);
    bar.firstElementChild.style.width = `${percent}%`;
    const left = time((upload.total - upload.done) / Math.max(upload.rate, 1));
    const values = { done: size(upload.done), total: size(upload.total), percent, rate: size(upload.rate), left };
    numbers.textContent = upload.done < upload.total || !upload.total ? fill(texts.going, values) : texts.storing;
    if (going) said.textContent = fill(texts.busy, { name: upload.name });
    if (outcome.said) said.textContent = outcome.said;
    wrong.textContent = outcome.wrong ?? "";
    if (outcome.wrong) said.textContent = "";
    if (outcome.stored) {
      said.textContent = fill(texts.stored, { name: outcome.stored.original_name });
      form.reset();
      setTriggerValue("stored", outcome.stored.name);
    }
  };

  form.onsubmit = (event) => {
    event.preventDefault();
    const file = input.files[0];
    if (upload.request !== null) return;
    if (!file) {
      upload.outcome = { wrong: texts.choose };
    } else if (limit !== null && file.size > limit) {
      upload.outcome = { wrong: fill(texts.tooLarge, { size: size(file.size), limit: size(limit) }) };
    } else {
      send(file, form.getAttribute("action"), texts);
    }
    show();
  };
  panel.querySelector("button").onclick = () => upload.request?.abort();
  upload.show = show;
  if (upload.request !== null || Object.keys(upload.outcome).length) show();
  return () => {
    if (upload.show === show) upload.show = null;
  };
}
