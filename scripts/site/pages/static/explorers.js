// Explorers without a kernel: the scenes were computed for positions of up to three controls, and
// the nearest is shown. What draws them is what draws them in a notebook (scene.js).

const waiting = {}; // figures, by the name of their frames, which several may share

/** Called by a file of frames: its name, and its JSON, deflated and in base64. */
window.courseFrames = async (name, packed) => {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const film = await new Response(stream).json();
  for (const figure of waiting[name].splice(0)) comeAlive(figure, film);
};

/** What a drawing asks of the kernel, answered from the frames. */
class Recorded {
  constructor(film, moved) {
    this.film = film;
    this.moved = moved;
    this.places = film.axes.map((axis) => axis.start);
    this.listeners = { "msg:custom": new Set(), "change:scene": new Set() };
    const { order, size } = this.frame;
    const parts = Object.fromEntries(order.map((index) => film.parts[index]));
    this.scene = { version: 0, alt: film.alt, size, order: Object.keys(parts), parts };
  }
  get frame() {
    const { axes, frames } = this.film;
    return frames[this.places.reduce((at, place, n) => at * axes[n].values.length + place, 0)];
  }
  get() {
    return this.scene;
  }
  on(event, heard) {
    this.listeners[event].add(heard);
  }
  off(event, heard) {
    this.listeners[event].delete(heard);
  }
  send(message) {
    if (!message.moved) return;
    this.film.axes.forEach(({ name, values }, n) => {
      if (name in message.moved) this.places[n] = nearest(values, message.moved[name]);
    });
    this.show();
    this.tell({ answers: message.by });
  }
  tell(message) {
    for (const heard of this.listeners["msg:custom"]) heard(message, []);
  }
  show() {
    const { order, size } = this.frame;
    const parts = Object.fromEntries(order.map((index) => this.film.parts[index]));
    const version = this.scene.version + 1;
    this.tell({ version, size, parts, order: Object.keys(parts), binary: [] });
    this.moved();
  }
}

function nearest(values, wanted) {
  const far = values.map((value) => Math.abs(value - wanted));
  return far.indexOf(Math.min(...far));
}

/** Put sliders, the scene and its words into a figure that has shown one state. */
function comeAlive(figure, film) {
  const make = (tag, look) => Object.assign(document.createElement(tag), look);
  const controls = make("div", { className: "controls" });
  const drawing = make("div");
  const words = make("figcaption");
  const note = make("p", {
    className: "note",
    textContent: "Computed beforehand for some positions. In the notebook, your own function computes it.",
  });
  const sliders = film.axes.map((axis, n) => {
    const label = make("label", { textContent: axis.label });
    const slider = make("input", { type: "range", min: 0, max: axis.values.length - 1, value: axis.start });
    const value = make("output");
    slider.addEventListener("input", () => {
      model.places[n] = Number(slider.value);
      model.show();
    });
    label.append(slider, value);
    controls.append(label);
    return { slider, value, axis };
  });
  const refresh = () => {
    sliders.forEach(({ slider, value, axis }, n) => {
      slider.value = model.places[n];
      value.textContent = axis.says[model.places[n]];
      slider.setAttribute("aria-valuetext", value.textContent);
    });
    words.textContent = model.frame.text;
  };
  const model = new Recorded(film, refresh);
  window.courseScene.initialize({ model });
  figure.replaceChildren(controls, drawing, words, note);
  window.courseScene.render({ model, el: drawing });
  refresh();
}

function load(figure) {
  const file = figure.dataset.frames;
  (waiting[file.split("/").pop().replace(".js", "")] ??= []).push(figure);
  document.head.append(Object.assign(document.createElement("script"), { src: file }));
}

const watcher = new IntersectionObserver(
  (seen) => {
    for (const { target } of seen.filter((entry) => entry.isIntersecting)) {
      watcher.unobserve(target);
      load(target);
    }
  },
  { rootMargin: "600px" },
);
document.querySelectorAll("figure[data-frames]").forEach((figure) => watcher.observe(figure));
