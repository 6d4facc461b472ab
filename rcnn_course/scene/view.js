// A scene in the browser: SVG that is patched where it changes, tooltips, and handles to drag.
// Python (view.py) sends parts, each with a node to draw: [tag, attributes, ...children].

const SVG = "http://www.w3.org/2000/svg";

// --- the scene, of which all views of a model show the same --------------------------------------

/** Copy bytes; each manager of widgets has another kind: DataView, Uint8Array, ArrayBuffer. */
function copied(data) {
  return new Uint8Array(data.buffer ?? data, data.byteOffset, data.byteLength).slice();
}

/** Return a picture as an address, which the browser shows at once: that of a Blob comes later. */
function addressOf(bytes, mime) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return `data:${mime};base64,${btoa(text)}`;
}

/** Make of the bytes of parts what the browser works with: addresses of pictures, numbers. */
function unpack(parts) {
  for (const part of Object.values(parts)) {
    if (part.mime) {
      part.node[2][1].href = addressOf(copied(part.data), part.mime);
    } else if (part.data) {
      part.numbers = new Float32Array(copied(part.data).buffer);
    }
  }
}

/** Take what has changed into the scene; say whether nothing is missing in between. */
function merge(scene, patch, buffers) {
  if (patch.version !== scene.version + 1) return false;
  patch.binary.forEach((id, index) => (patch.parts[id].data = buffers[index]));
  unpack(patch.parts);
  const { version, size, order = scene.order } = patch;
  const known = { ...scene.parts, ...patch.parts };
  const parts = Object.fromEntries(order.map((id) => [id, known[id]]));
  Object.assign(scene, { version, size, order, parts });
  return true;
}

function initialize({ model }) {
  const ask = () => model.send({ seen: model.get("scene").version });
  unpack(model.get("scene").parts);
  model.on("change:scene", () => unpack(model.get("scene").parts));
  model.on("msg:custom", (patch, buffers) => {
    if (!patch.parts || patch.version <= model.get("scene").version) return;
    if (!merge(model.get("scene"), patch, buffers)) ask();
  });
  ask(); // what was sent before this module was here
}

// --- drawing -------------------------------------------------------------------------------------

function built(node) {
  const element = document.createElementNS(SVG, node[0]);
  morph(element, node);
  return element;
}

function dress(element, attributes) {
  for (const name of element.getAttributeNames()) {
    if (!(name in attributes)) element.removeAttribute(name);
  }
  for (const [name, value] of Object.entries(attributes)) {
    if (element.getAttribute(name) !== `${value}`) element.setAttribute(name, value);
  }
}

/** Change an element into what a node says; it stays the same element, with its focus. */
function morph(element, [, attributes, ...children]) {
  dress(element, attributes);
  if (typeof children[0] === "string") {
    if (element.textContent !== children[0]) element.textContent = children[0];
    return;
  }
  children.forEach((child, index) => {
    const old = element.children[index];
    if (!old) element.append(built(child));
    else if (old.tagName !== child[0]) old.replaceWith(built(child));
    else morph(old, child);
  });
  while (element.children.length > children.length) element.lastElementChild.remove();
}

/** Bring the elements in `svg` up to date with the scene; `shown` maps ids to what they show. */
function update(svg, shown, scene) {
  const [width, height] = scene.size;
  const canvas = { width, height, viewBox: `0 0 ${width} ${height}` };
  dress(svg, { ...canvas, class: "rcnn-scene", role: "group", "aria-label": scene.alt });
  const wanted = new Set(scene.order);
  for (const [id, { element }] of shown) {
    if (!wanted.has(id)) (element.remove(), shown.delete(id));
  }
  let next = svg.firstElementChild;
  for (const id of scene.order) {
    const part = scene.parts[id];
    const former = shown.get(id);
    const element = former?.element ?? built(part.node);
    if (former && former.part !== part) morph(element, part.node);
    if (element === next) next = next.nextElementSibling;
    else svg.insertBefore(element, next);
    element.part = id;
    shown.set(id, { element, part });
  }
}

// --- what a hand does ----------------------------------------------------------------------------

/** Send the newest values, one message at a time: what a drag passes by meanwhile is left out. */
class Sender {
  constructor(model) {
    this.model = model;
    this.name = crypto.getRandomValues(new Uint32Array(2)).join("-");
    this.sent = null;
    this.waiting = null;
  }
  want(values) {
    this.waiting = { ...this.waiting, ...values };
    if (!this.sent) this.flush();
  }
  flush() {
    [this.sent, this.waiting] = [this.waiting, null];
    if (this.sent) this.model.send({ moved: this.sent, by: this.name });
  }
  heard({ answers }) {
    if (answers === this.name) this.flush();
  }
  value(track) {
    return this.waiting?.[track.sets] ?? this.sent?.[track.sets] ?? track.value;
  }
}

function snapped(track, value) {
  const steps = Math.round((value - track.low) / track.step);
  const inside = Math.min(Math.max(track.low + steps * track.step, track.low), track.high);
  return Number(inside.toFixed(6));
}

const KEYS = {
  ArrowRight: ["x", 1],
  ArrowLeft: ["x", -1],
  ArrowDown: ["y", 1],
  ArrowUp: ["y", -1],
};

/** Return what a key sets on a handle, or nothing where it is not for it. */
function byKey(event, handle, sender) {
  if (event.key === "Home" || event.key === "End") {
    const track = handle.x ?? handle.y;
    return { [track.sets]: event.key === "Home" ? track.low : track.high };
  }
  if (!(event.key in KEYS) || event.ctrlKey || event.metaKey || event.altKey) return null;
  const [axis, sign] = KEYS[event.key];
  const track = handle[axis] ?? handle.x ?? handle.y;
  // along the other axis, right and up increase, as of any slider
  const way = handle[axis] ? sign * Math.sign(track.scale) : axis === "x" ? sign : -sign;
  const step = track.step * (event.shiftKey ? 10 : 1) * way;
  return { [track.sets]: snapped(track, sender.value(track) + step) };
}

/** Return what a drag by so many pixels of the screen sets, from the values at its start. */
function byDrag(handle, start, across, down) {
  const values = {};
  for (const [axis, way] of [["x", across], ["y", down]]) {
    const track = handle[axis];
    if (track) values[track.sets] = snapped(track, start[axis] + way / track.scale);
  }
  return values;
}

function grabbing(svg, model, sender) {
  const handleAt = (event) => {
    const element = event.target.closest(".handle");
    return element && model.get("scene").parts[element.part].grab;
  };
  const send = (values) => {
    const changed = Object.entries(values).some(([name, value]) => last[name] !== value);
    last = { ...last, ...values };
    if (changed) sender.want(values);
  };
  let drag = null;
  let last = {};
  svg.addEventListener("keydown", (event) => {
    const handle = handleAt(event);
    const values = handle && byKey(event, handle, sender);
    if (!values) return;
    event.preventDefault();
    event.stopPropagation();
    sender.want(values);
  });
  svg.addEventListener("pointerdown", (event) => {
    const handle = handleAt(event);
    if (!handle || event.button) return;
    const element = event.target.closest(".handle");
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    event.preventDefault();
    const now = (track) => track && sender.value(track);
    drag = { handle, x: event.clientX, y: event.clientY, start: { x: now(handle.x), y: now(handle.y) } };
    last = {};
  });
  svg.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const zoom = svg.viewBox.baseVal.width / svg.getBoundingClientRect().width;
    const way = [(event.clientX - drag.x) * zoom, (event.clientY - drag.y) * zoom];
    send(byDrag(drag.handle, drag.start, ...way));
  });
  for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => (drag = null));
}

/** Return the words for the cell of a readout that the mouse is over. */
function cellSays({ numbers, rows, columns, says }, box, { clientX, clientY }) {
  const cell = (at, count) => Math.min(Math.max(Math.floor(at * count), 0), count - 1);
  const row = cell((clientY - box.top) / box.height, rows);
  const column = cell((clientX - box.left) / box.width, columns);
  const values = { row, column, value: numbers[row * columns + column].toFixed(2) };
  return says.replace(/{(\w+)}/g, (_, name) => values[name]);
}

/** Return what is to speak where the mouse is: a dot, even below a handle, or the topmost. */
function speakerAt({ clientX, clientY }) {
  const below = document.elementsFromPoint(clientX, clientY);
  const speakers = below.map((element) => element.closest(".rcnn-view [data-tip]")).filter(Boolean);
  return speakers.find((element) => element.classList.contains("dot")) ?? speakers[0] ?? null;
}

/** Show what an element under the mouse, or with the focus, says of itself. */
function tooltip(el, svg, partOf) {
  const tip = el.appendChild(document.createElement("div"));
  tip.className = "tip";
  tip.hidden = true;
  let [owner, mouse] = [null, null];
  const refresh = () => {
    const part = owner?.isConnected && partOf(owner);
    tip.hidden = !part;
    if (!part) return;
    let box = owner.getBoundingClientRect();
    tip.textContent = part.numbers ? cellSays(part, box, mouse) : owner.dataset.tip;
    if (part.numbers) box = new DOMRect(mouse.clientX + 12, mouse.clientY - 4, 0, 0);
    const frame = el.getBoundingClientRect();
    const left = Math.min(box.left - frame.left, frame.width - tip.offsetWidth);
    const above = box.top - frame.top - tip.offsetHeight - 4;
    tip.style.left = `${Math.max(left, 0)}px`;
    tip.style.top = `${above < 0 ? Math.min(box.bottom - frame.top + 4, frame.height) : above}px`;
  };
  const own = (next, event = null) => {
    [owner, mouse] = [next, event];
    refresh();
  };
  svg.addEventListener("pointermove", (event) => {
    if (!event.buttons) own(speakerAt(event), event);
  });
  svg.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse") own(speakerAt(event), event); // a finger cannot hover
  });
  svg.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && own(null));
  svg.addEventListener("focusin", (event) => own(event.target.closest(".handle")));
  svg.addEventListener("focusout", () => own(null));
  return refresh;
}

// --- the page around it --------------------------------------------------------------------------

const LARGEST = 1.8; // words that are larger than that in a drawing would hide it

/** Keep words and handles at their size where the page leaves a drawing less than its width. */
function legible(el, svg) {
  const observer = new ResizeObserver(() => {
    const shrunk = svg.viewBox.baseVal.width / (svg.clientWidth || Infinity);
    el.style.setProperty("--larger", Math.min(Math.max(shrunk, 1), LARGEST));
    pushIn(el, svg);
  });
  observer.observe(svg);
  return observer;
}

/** Push words that have grown over an edge back into a drawing. */
function pushIn(el, svg) {
  if (!(el.style.getPropertyValue("--larger") > 1)) return;
  const texts = [...svg.querySelectorAll(".label > text")];
  const boxes = texts.map((text) => text.getBBox()); // all before the first change: one layout
  texts.forEach((text, index) => {
    const { x, width } = boxes[index];
    const most = svg.viewBox.baseVal.width - width;
    text.style.translate = `${Math.max(Math.min(x, most), 0) - x}px`;
  });
}

/** Name the controls around a drawing that have no name which a screen reader finds. */
function named(el) {
  const observer = new IntersectionObserver(() => {
    for (const slider of el.parentElement?.querySelectorAll(".widget-slider") ?? []) {
      const name = slider.querySelector(".widget-label")?.textContent;
      for (const grip of slider.querySelectorAll("[role=slider]")) grip.ariaLabel = name;
    }
    for (const player of el.parentElement?.querySelectorAll(".widget-play") ?? []) {
      const names = ["play or pause", "back to the start"];
      names.forEach((name, index) => (player.children[index].ariaLabel = name));
    }
  });
  observer.observe(el);
  return observer;
}

function render({ model, el }) {
  const svg = document.createElementNS(SVG, "svg");
  const shown = new Map();
  const sender = new Sender(model);
  el.classList.add("rcnn-view");
  el.dataset.lmSuppressShortcuts = "true"; // arrow keys move handles, not JupyterLab's cells
  el.append(svg);
  const refresh = tooltip(el, svg, (element) => model.get("scene").parts[element.part]);
  const draw = () => {
    update(svg, shown, model.get("scene"));
    pushIn(el, svg);
    refresh();
  };
  const heard = (message) => {
    if (message.parts) draw();
    sender.heard(message);
  };
  grabbing(svg, model, sender);
  draw();
  model.on("change:scene", draw);
  model.on("msg:custom", heard);
  const watching = [legible(el, svg), named(el)];
  return () => {
    for (const observer of watching) observer.disconnect();
    model.off("change:scene", draw);
    model.off("msg:custom", heard);
  };
}

export default { initialize, render };
