// Sends the form's files one after the other, with progress. What is sent is kept beside the page, not in it: whatever
// redraws the form, or shows another screen, finds it going on.
const upload = (globalThis.etlUpload ??= { entries: [], request: null, said: "", show: null });
const [WAITING, GOING, STORED, FAILED] = ["waiting", "going", "stored", "failed"];
const UNITS = ["B", "kB", "MB", "GB", "TB"];

function size(bytes, texts) {
  let power = 0;
  while (bytes >= 999.5 && power < UNITS.length - 1) {
    bytes /= 1000;
    power += 1;
  }
  const digits = power === 0 || bytes >= 99.95 ? 0 : bytes >= 9.995 ? 1 : 2;
  return `${bytes.toFixed(digits).replace(".", texts.decimalSign)}\u202f${UNITS[power]}`;
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

function add(files, { texts, limit }) {
  // What is over makes room for what comes next.
  if (!upload.request) upload.entries = upload.entries.filter((each) => each.state === WAITING);
  for (const { file, folder } of files) {
    const same = (each) => each.state === WAITING && each.file.name === file.name && each.file.size === file.size;
    if (upload.entries.some(same)) continue;
    const wrong = folder
      ? texts.folder
      : limit !== null && file.size > limit
        ? fill(texts.tooLarge, { size: size(file.size, texts), limit: size(limit, texts) })
        : "";
    upload.entries.push({ file, state: wrong ? FAILED : WAITING, words: wrong, done: 0, total: file.size, rate: 0 });
  }
  upload.said = "";
}

function answer(request, texts) {
  if (request.status === 401) return { state: FAILED, words: texts.ended };
  let body = null;
  try {
    body = JSON.parse(request.responseText);
  } catch {
    // Not from the console itself: a proxy's page, for one.
  }
  if (request.status === 201 && body) return { state: STORED, words: "", stored: body };
  return { state: FAILED, words: body?.error ?? fill(texts.refused, { status: request.status }) };
}

function send(entry, action, texts) {
  const request = new XMLHttpRequest();
  const fields = new FormData();
  fields.append("file", entry.file);
  Object.assign(entry, { state: GOING, done: 0, rate: 0 });
  upload.request = request;
  upload.said = fill(texts.busy, { name: entry.file.name });
  let [moment, before] = [performance.now(), 0];
  request.upload.onprogress = (event) => {
    const now = performance.now();
    const last = event.loaded >= event.total;
    if (now - moment < 200 && !last) return;
    const rate = ((event.loaded - before) / Math.max(now - moment, 1)) * 1000;
    entry.rate = entry.rate ? 0.7 * entry.rate + 0.3 * rate : rate;
    [moment, before] = [now, event.loaded];
    Object.assign(entry, { done: event.loaded, total: event.total });
    upload.show?.();
  };
  const end = (outcome) => {
    Object.assign(entry, outcome);
    upload.request = null;
    next(action, texts);
  };
  request.onload = () => end(answer(request, texts));
  request.onerror = () => end({ state: FAILED, words: texts.lost });
  request.onabort = () => {
    upload.entries = upload.entries.filter((each) => each !== entry);
    end({});
    if (!upload.request) upload.said = texts.cancelled;
    upload.show?.();
  };
  request.open("POST", action);
  request.setRequestHeader("Accept", "application/json");
  request.send(fields);
}

// The next file that waits; after the last one it is said what has come of all of them.
function next(action, texts) {
  const entry = upload.entries.find((each) => each.state === WAITING);
  if (entry) {
    window.addEventListener("beforeunload", askBeforeLeaving);
    send(entry, action, texts);
  } else {
    window.removeEventListener("beforeunload", askBeforeLeaving);
    const stored = upload.entries.filter((each) => each.state === STORED);
    const only = stored.length === 1 ? fill(texts.stored, { name: stored[0].stored.original_name }) : "";
    upload.said = stored.length > 1 ? fill(texts.storedAll, { number: stored.length }) : only;
  }
  upload.show?.();
}

function cancel(entry) {
  if (entry.state === GOING) upload.request?.abort();
  else upload.entries = upload.entries.filter((each) => each !== entry);
  upload.show?.();
}

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// One line of the list. It is made once and then changed, so that a focus stays where it is.
function line(entry, texts) {
  const name = make("b", {}, entry.file.name);
  const facts = make("span", {}, size(entry.file.size, texts));
  const button = make("button", { type: "button" }, texts.cancel);
  const label = fill(texts.progress, { name: entry.file.name });
  const bar = make(
    "div",
    { role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": 0 },
    make("i"),
  );
  const words = make("p");
  const item = make("li", {}, name, facts, button, bar, words);
  button.onclick = () => {
    // A file that was chosen once may be chosen again.
    button.form.reset();
    cancel(entry);
  };
  const draw = () => {
    const going = entry.state === GOING;
    const percent = entry.total ? Math.floor((100 * entry.done) / entry.total) : 0;
    item.className = `etl-${entry.state}`;
    button.hidden = !going && entry.state !== WAITING;
    const told = going ? texts.cancelOne : texts.removeOne;
    button.setAttribute("aria-label", fill(told, { name: entry.file.name }));
    bar.hidden = !going;
    bar.setAttribute("aria-valuenow", percent);
    bar.firstElementChild.style.width = `${percent}%`;
    const left = time((entry.total - entry.done) / Math.max(entry.rate, 1));
    const values = { done: size(entry.done, texts), total: size(entry.total, texts), percent, rate: size(entry.rate, texts), left };
    const sent = entry.done >= entry.total && entry.total;
    const state = { [WAITING]: texts.waiting, [STORED]: texts.done, [FAILED]: entry.words };
    const text = going ? (sent ? texts.storing : fill(texts.going, values)) : state[entry.state];
    if (words.textContent === text) return;
    const wrong = entry.state === FAILED;
    words.className = wrong ? "etl-upload-wrong" : "";
    if (wrong) words.setAttribute("role", "alert");
    words.textContent = text;
  };
  return { entry, item, draw };
}

function dropped(transfer) {
  const items = [...transfer.items].filter((each) => each.kind === "file");
  return items
    .map((each) => ({ file: each.getAsFile(), folder: each.webkitGetAsEntry?.()?.isDirectory ?? false }))
    .filter((each) => each.file);
}

export default function ({ parentElement, data, setTriggerValue }) {
  const { texts } = data;
  const form = parentElement.querySelector("form");
  const zone = form.querySelector(".etl-drop");
  const input = form.querySelector("input");
  const submit = form.querySelector("button[type=submit]");
  const list = form.querySelector(".etl-upload-list");
  const said = form.querySelector(".etl-upload-said");
  const action = form.getAttribute("action");
  let lines = [];

  form.classList.add("etl-scripted");
  form.querySelector(".etl-upload-drop").hidden = false;
  input.multiple = true;
  input.required = false;

  const show = () => {
    lines = upload.entries.map((entry) => lines.find((each) => each.entry === entry) ?? line(entry, texts));
    const items = lines.map((each) => each.item);
    const held = list.contains(document.activeElement);
    for (const gone of [...list.children].filter((each) => !items.includes(each))) gone.remove();
    items.forEach((each, place) => list.children[place] === each || list.insertBefore(each, list.children[place]));
    for (const each of lines) each.draw();
    list.hidden = !lines.length;
    submit.disabled = upload.request !== null;
    // The button that was pressed may be gone: a keyboard goes on from the form.
    if (held && (!list.contains(document.activeElement) || document.activeElement.hidden)) input.focus();
    if (said.textContent !== upload.said) said.textContent = upload.said;
    const fresh = upload.request ? [] : upload.entries.filter((each) => each.state === STORED && !each.told);
    if (fresh.length) {
      for (const each of fresh) each.told = true;
      setTriggerValue("stored", fresh.map((each) => each.stored.name));
    }
  };

  const take = (files) => {
    add(files, data);
    show();
  };
  input.onchange = () => {
    take([...input.files].map((file) => ({ file, folder: false })));
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    if (upload.request !== null) return;
    form.reset();
    if (upload.entries.some((each) => each.state === WAITING)) next(action, texts);
    else said.textContent = upload.said = texts.choose;
  };
  const over = (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    zone.classList.toggle("etl-over", event.type === "dragover" && form.contains(event.target));
  };
  const drop = (event) => {
    over(event);
    if (form.contains(event.target)) take(dropped(event.dataTransfer));
  };
  // The whole window: a file that falls beside the form would be opened in place of the console.
  const heard = { dragover: over, dragleave: over, drop };
  for (const [name, hear] of Object.entries(heard)) window.addEventListener(name, hear);
  upload.show = show;
  show();
  return () => {
    for (const [name, hear] of Object.entries(heard)) window.removeEventListener(name, hear);
    if (upload.show === show) upload.show = null;
  };
}
