// The page: what is drawn is read one operation at a time and by compiled graphs, on WebAssembly and, where the browser has it,
// on WebGPU; bars tell what is seen and how long each takes.

import * as onnxruntime from "onnxruntime-web";
import { compile } from "weightbridge/compile";
import * as torch from "weightbridge/torch";
import { picture } from "./ink.mjs";
import { openReader } from "./reader.mjs";

const find = (id) => document.getElementById(id);
const canvas = find("drawing");
const pen = canvas.getContext("2d");
/** So many of the last times are kept; the middle one is shown. */
const kept = 15;

const middle = (times) => [...times].sort((a, b) => a - b)[times.length >> 1];

/** Rows of a name, a bar and a number. */
function bars(place, names) {
  const rows = names.map((name) => {
    const row = document.createElement("div");
    row.className = "row";
    row.innerHTML =
      '<span class="name"></span><span class="track"><span class="bar"></span></span><output></output>';
    row.querySelector(".name").textContent = name;
    place.append(row);
    return row;
  });
  return (i, share, text, isBest = false) => {
    const row = rows[i];
    row.classList.toggle("best", isBest);
    row.querySelector(".bar").style.width = `${100 * share}%`;
    row.querySelector("output").textContent = text;
  };
}

/** The ways to run the reader. */
async function engines(reader) {
  const eager = (x) => torch.noGrad(() => reader.call(x));
  // While the pen moves only compiled graphs run: they keep up with it.
  const all = [{ name: "one operation at a time", run: eager, waits: true }];
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  for (const device of ["wasm", ...(adapter ? ["webgpu"] : [])]) {
    const tell = ({ stage }) => (find("state").textContent = `${device}: ${stage}`);
    const run = compile(reader, { device, onnxruntime, onProgress: tell });
    all.push({ name: `compiled, ${device}`, run });
  }
  return all.map((engine) => ({ ...engine, times: [] }));
}

const reader = await openReader(new URL("../page/digits.safetensors", import.meta.url).href);
const all = await engines(reader);
// What takes long is done once, before somebody draws: each engine makes its graph.
for (const { run, waits } of all) if (waits !== true) await run(torch.zeros([1, 1, 32, 32]));

const digits = bars(find("digits"), [..."0123456789"]);
const speeds = bars(
  find("speeds"),
  all.map(({ name }) => name),
);
find("state").textContent = `${reader.count} views of each drawing`;

/** Strokes: lists of points in the canvas's pixels. */
let strokes = [];
let isAhead = false;
let isWhole = false;
let running;

async function readOnce(engines) {
  const x = torch.tensor(picture(strokes)).reshape([1, 1, 32, 32]);
  const likely = [];
  for (const engine of engines) {
    const began = performance.now();
    likely.push(await engine.run(x));
    engine.times.push(performance.now() - began);
    if (engine.times.length > kept) engine.times.shift();
  }
  const shares = likely.at(-1).tolist();
  const best = shares.indexOf(Math.max(...shares));
  shares.forEach((share, digit) => {
    digits(digit, share, `${Math.round(100 * share)} %`, digit === best);
  });
  const times = all.map((engine) => middle(engine.times));
  const known = times.filter((time) => time !== undefined);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  times.forEach((time, i) => {
    if (time !== undefined) speeds(i, time / most, `${time.toFixed(1)} ms`, time === least);
  });
  const apart = Math.max(...likely.map((each) => each.sub(likely[0]).abs().max().item()));
  return { best, apart, times: Object.fromEntries(all.map(({ name }, i) => [name, times[i]])) };
}

/** Reads what is drawn now; what is drawn meanwhile is read afterwards, once. @param whole by all engines */
async function read(whole) {
  isWhole ||= whole;
  if (running !== undefined) {
    isAhead = true;
    return running;
  }
  running = (async () => {
    let found;
    do {
      isAhead = false;
      const engines = isWhole ? all : all.filter(({ waits }) => waits !== true);
      isWhole = false;
      found = await readOnce(engines);
    } while (isAhead);
    return found;
  })();
  return running.finally(() => (running = undefined));
}

function draw() {
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.strokeStyle = getComputedStyle(canvas).color;
  pen.lineWidth = 22;
  pen.lineCap = pen.lineJoin = "round";
  for (const stroke of strokes) {
    pen.beginPath();
    for (const [x, y] of [stroke[0], ...stroke]) pen.lineTo(x, y);
    pen.stroke();
  }
}

const pointOf = (event) => {
  const { left, top, width } = canvas.getBoundingClientRect();
  const scale = canvas.width / width;
  return [(event.clientX - left) * scale, (event.clientY - top) * scale];
};
canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  strokes.push([pointOf(event)]);
  draw();
});
canvas.addEventListener("pointermove", (event) => {
  if (event.buttons === 0 || strokes.length === 0) return;
  strokes.at(-1).push(pointOf(event));
  draw();
  void read(false);
});
canvas.addEventListener("pointerup", () => void read(true));
find("clear").addEventListener("click", () => {
  strokes = [];
  draw();
});

/** Draws given strokes and reads them, for tests. */
globalThis.show = async (given, times = 1) => {
  strokes = given;
  draw();
  let found;
  for (let i = 0; i < times; i++) found = await read(true);
  return found;
};
document.body.dataset.ready = "true";
