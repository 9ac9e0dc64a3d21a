// What a report's page does: it draws the pictures of the weights in the colours of the scheme, names the value under the
// pointer, and filters the table. The page is complete without it but for the pictures.

/** The script. Its data stand in the element `pictures`: see `page.ts`. */
export const script = `
"use strict";
const bytesOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const data = JSON.parse(document.getElementById("pictures").textContent);
const side = 168;

/** Pixels that a cell takes along rows and columns: nearly square, and never too thin to be seen. */
function cellSize(rows, columns) {
  const size = Math.max(1, Math.min(14, side / Math.max(rows, columns)));
  return [Math.max(size, Math.min(14, 12 / rows)), Math.max(size, Math.min(14, 12 / columns))];
}

function rgb(name) {
  const value = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return [1, 3, 5].map((at) => parseInt(value.slice(at, at + 2), 16));
}

/** Colours of the 256 levels: blue below zero, orange above, one apart for what is no finite number. */
function palette() {
  const [low, zero, high, odd] = ["--low", "--zero", "--high", "--odd"].map(rgb);
  const mixed = (a, b, share) => a.map((part, i) => Math.round(part + (b[i] - part) * share));
  const colours = [];
  for (let level = 0; level < 255; level++) {
    const share = Math.abs(level - 127) / 127;
    colours.push(mixed(zero, level < 127 ? low : high, Math.pow(share, 0.8)));
  }
  return [...colours, odd];
}

function canvasOf(width, height, pixelWidth, pixelHeight) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.style.width = pixelWidth + "px";
  canvas.style.height = pixelHeight + "px";
  return canvas;
}

function paint(canvas, colourAt) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  for (let at = 0; at < canvas.width * canvas.height; at++) {
    const colour = colourAt(at % canvas.width, Math.floor(at / canvas.width));
    if (colour !== undefined) image.data.set([...colour, 255], 4 * at);
  }
  context.putImageData(image, 0, 0);
}

const drawings = [];
const barLength = 16;

function build(holder, scale, [rows, columns, allRows, allColumns, cells64, rows64, columns64]) {
  const [high, wide] = cellSize(rows, columns);
  const cells = bytesOf(cells64);
  const [rowSizes, columnSizes] = [bytesOf(rows64), bytesOf(columns64)];
  const map = canvasOf(columns, rows, columns * wide, rows * high);
  map.className = "cells";
  map.setAttribute("role", "img");
  map.setAttribute("aria-label", holder.dataset.label);
  const right = rows > 1 ? canvasOf(barLength, rows, barLength, rows * high) : document.createElement("span");
  const below = columns > 1 ? canvasOf(columns, barLength, columns * wide, barLength) : document.createElement("span");
  holder.append(map, right, below);
  for (const bar of [right, below]) bar.setAttribute("aria-hidden", "true");
  drawings.push((colours, ink) => {
    paint(map, (x, y) => colours[cells[y * columns + x]]);
    if (rows > 1) paint(right, (x, y) => (x < (rowSizes[y] * barLength) / 255 ? ink : undefined));
    if (columns > 1) paint(below, (x, y) => (y < (columnSizes[x] * barLength) / 255 ? ink : undefined));
  });
  const readout = holder.closest("figure").querySelector(".readout");
  const place = (n, shown, all) => Math.floor(((n + 0.5) * all) / shown);
  map.addEventListener("pointermove", (event) => {
    const box = map.getBoundingClientRect();
    const x = Math.min(columns - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * columns)));
    const y = Math.min(rows - 1, Math.max(0, Math.floor(((event.clientY - box.top) / box.height) * rows)));
    const level = cells[y * columns + x];
    const value = level === 255 ? "not a finite number" : "about " + (((level - 127) / 127) * scale).toPrecision(2);
    readout.textContent = "row " + place(y, rows, allRows) + ", column " + place(x, columns, allColumns) + ": " + value;
  });
  map.addEventListener("pointerleave", () => { readout.textContent = ""; });
}

for (const holder of document.querySelectorAll(".map[data-at]")) {
  const [figure, picture] = holder.dataset.at.split(".").map(Number);
  build(holder, data[figure][0], data[figure][1][picture]);
}

function draw() {
  const [colours, ink] = [palette(), rgb("--bar")];
  for (const each of drawings) each(colours, ink);
}
draw();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

const tools = document.querySelector(".tools");
if (tools !== null) {
  tools.hidden = false;
  const field = tools.querySelector("input");
  const buttons = [...tools.querySelectorAll("button")];
  const rows = [...document.querySelectorAll("tr[data-verdict]")];
  const apply = () => {
    const words = field.value.toLowerCase().split(/\\s+/).filter((word) => word !== "");
    const wanted = buttons.find((button) => button.getAttribute("aria-pressed") === "true").value;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !((wanted === "" || row.dataset.verdict === wanted) && words.every((word) => text.includes(word)));
    }
  };
  field.addEventListener("input", apply);
  for (const button of buttons) {
    button.addEventListener("click", () => {
      for (const each of buttons) each.setAttribute("aria-pressed", String(each === button));
      apply();
    });
  }
}

let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const each of closed) each.open = true;
});
addEventListener("afterprint", () => { for (const each of closed) each.open = false; });
`;
