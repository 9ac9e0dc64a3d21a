// The look of a report's page: light, dark and on paper, from 320 pixels on. Colours of verdicts and weights are chosen to
// be told apart by the colour-blind (Okabe and Ito's set; blue and orange for negative and positive), and none stands alone:
// each comes with a word.

/** The style sheet. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #fbfbfa; --card: #ffffff; --ink: #1c2024; --soft: #5c656e; --line: #dfe3e6; --code: #f0f2f4;
  --right: #00745a; --wrong: #b3400a; --open: #6b5b00; --refused: #b3400a; --note: #3f5b8c; --accent: #0b63a5;
  --right-tint: #e3f4ee; --wrong-tint: #fbeae1; --open-tint: #f7f1d5; --note-tint: #e9eef7;
  --low: #0b5fa8; --zero: #f4f4f2; --high: #c4570a; --odd: #c026a0; --bar: #b3bbc2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --card: #1b1f23; --ink: #e6e9ec; --soft: #9da7b0; --line: #31383f; --code: #252b31;
    --right: #4cc9a4; --wrong: #ff9b66; --open: #e3c95a; --refused: #ff9b66; --note: #9dbbf0; --accent: #6cb8f5;
    --right-tint: #143229; --wrong-tint: #3a2117; --open-tint: #322c12; --note-tint: #1e2a3d;
    --low: #58aef5; --zero: #23282d; --high: #ff9d4d; --odd: #ff6ad5; --bar: #59636d;
  }
}
@media print {
  :root {
    color-scheme: light;
    --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --code: #f2f2f2;
    --right: #00634d; --wrong: #9a3608; --open: #5b4d00; --refused: #9a3608; --note: #2f4a78; --accent: #000;
    --right-tint: #fff; --wrong-tint: #fff; --open-tint: #fff; --note-tint: #fff;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main, header, footer { max-width: 1180px; margin: 0 auto; padding: 0 28px; }
code, .mono { font: 0.9em/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
h1 span { color: var(--soft); font-weight: 400; }
h1 { font-size: 26px; line-height: 1.25; margin: 4px 0 18px; overflow-wrap: anywhere; letter-spacing: -0.01em; }
h2 { font-size: 18px; margin: 0 0 4px; letter-spacing: -0.005em; }
h2 + p.lead { margin: 0 0 14px; color: var(--soft); max-width: 75ch; }
section { margin: 38px 0 0; }
.kicker { margin: 34px 0 0; color: var(--soft); font-size: 13px; }
.kicker b { color: var(--ink); font-weight: 650; }
.banner {
  display: flex; gap: 14px; align-items: flex-start; padding: 16px 18px; border-radius: 10px;
  border: 1px solid; border-left-width: 6px;
}
.banner p { margin: 0; font-size: 17px; font-weight: 550; color: var(--ink); max-width: 80ch; }
.banner .icon { flex: none; width: 26px; height: 26px; }
.is-right { color: var(--right); background: var(--right-tint); }
.is-wrong, .is-refused { color: var(--wrong); background: var(--wrong-tint); }
.is-undecidable, .is-suspicion { color: var(--open); background: var(--open-tint); }
.is-repaired, .is-conversion, .is-note { color: var(--note); background: var(--note-tint); }
.is-mistake { color: var(--wrong); background: var(--wrong-tint); }
.icon { width: 1em; height: 1em; vertical-align: -0.12em; fill: none; stroke: currentColor; stroke-width: 2.2; stroke-linecap: round; stroke-linejoin: round; }
.chip {
  display: inline-flex; gap: 5px; align-items: center; border-radius: 99px; padding: 1px 9px 1px 7px;
  font-size: 12.5px; font-weight: 600; white-space: nowrap;
}
.chip.plain { color: var(--soft); background: var(--code); font-weight: 500; padding: 1px 9px; }
.share { display: flex; gap: 2px; height: 10px; margin: 16px 0 8px; border-radius: 5px; overflow: hidden; background: var(--line); }
.share span { background: currentColor; min-width: 4px; }
.tally { display: flex; flex-wrap: wrap; gap: 6px 14px; list-style: none; padding: 0; margin: 0; font-size: 14px; color: var(--soft); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 18px 0 0; font-size: 14px; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.bars { padding: 14px 18px 10px; margin: 0; }
.bars .row { display: grid; grid-template-columns: minmax(150px, 30%) 1fr 150px; gap: 4px 16px; align-items: center; padding: 6px 0; }
.bars .row p { margin: 0; font-size: 13px; color: var(--soft); }
.bars .row b { font-weight: 600; color: var(--ink); font-size: 14px; display: block; overflow-wrap: anywhere; }
.track { position: relative; height: 14px; background: var(--code); border-radius: 3px; }
.track i { position: absolute; inset: 0 auto 0 0; border-radius: 3px; background: currentColor; min-width: 3px; }
.track u { position: absolute; top: -3px; bottom: -3px; width: 0; border-left: 2px dashed var(--ink); opacity: 0.65; }
.bars .good { color: var(--right); } .bars .bad { color: var(--wrong); }
.bars .value { font-size: 14px; font-variant-numeric: tabular-nums; }
.bars .value small { color: var(--soft); font-size: 12.5px; display: block; }
.key { color: var(--soft); font-size: 13px; margin: 6px 0 4px; }
.finding { padding: 14px 18px; margin: 0 0 10px; border-left: 5px solid; background: var(--card); color: var(--ink); }
.finding.mistake { border-left-color: var(--wrong); } .finding.suspicion { border-left-color: var(--open); }
.finding.conversion, .finding.note { border-left-color: var(--note); }
.finding h3 { display: flex; flex-wrap: wrap; gap: 6px 9px; align-items: center; font-size: 15px; margin: 0 0 4px; }
.finding p { margin: 5px 0 0; max-width: 85ch; }
.finding p span { color: var(--soft); }
.names { display: inline; margin: 0; padding: 0; }
.names code { background: var(--code); border-radius: 4px; padding: 1px 5px; margin: 0 3px 3px 0; display: inline-block; }
details > summary { cursor: pointer; }
details.more { display: inline-block; max-width: 100%; vertical-align: top; }
details.more > summary { color: var(--accent); font-size: 13px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.tools { display: flex; flex-wrap: wrap; gap: 8px; margin: 0 0 12px; }
.tools[hidden] { display: none; }
.tools input, .tools button {
  font: inherit; font-size: 14px; color: inherit; background: var(--card); border: 1px solid var(--line);
  border-radius: 8px; padding: 5px 11px; min-width: 0;
}
.tools input { flex: 1 1 190px; max-width: 340px; }
.tools button { cursor: pointer; }
.tools button[aria-pressed="true"] { border-color: var(--accent); color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: 13px; padding: 9px 12px; border-bottom: 1px solid var(--line); white-space: nowrap; }
td { padding: 8px 12px; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child td { border-bottom: 0; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
td small { display: block; color: var(--soft); font-size: 12.5px; }
td .steps { color: var(--accent); }
td details ul { margin: 6px 0 2px; padding: 0 0 0 16px; color: var(--soft); font-size: 13px; }
td details summary { width: max-content; max-width: 100%; }
.meter { display: inline-block; width: 46px; height: 6px; border-radius: 3px; background: var(--line); overflow: hidden; vertical-align: 1px; margin-right: 7px; }
.meter i { display: block; height: 100%; background: var(--soft); }
.legend { display: flex; flex-wrap: wrap; gap: 6px 16px; align-items: center; color: var(--soft); font-size: 13px; margin: 0 0 14px; }
.legend .ramp { width: 150px; height: 12px; border-radius: 3px; background: linear-gradient(90deg, var(--low), var(--zero), var(--high)); border: 1px solid var(--line); }
.legend .odd { width: 12px; height: 12px; border-radius: 3px; background: var(--odd); display: inline-block; vertical-align: -1px; margin-right: 5px; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 430px), 1fr)); gap: 14px; }
.layer { padding: 12px 16px 8px; min-width: 0; }
.layer h3 { font-size: 14px; margin: 0 0 8px; overflow-wrap: anywhere; }
.layer h3 small { color: var(--soft); font-weight: 400; }
.layer > div { display: flex; flex-wrap: wrap; gap: 12px 26px; }
figure { margin: 0; min-width: 0; max-width: 100%; }
figcaption { font-size: 13px; margin: 0 0 5px; overflow-wrap: anywhere; max-width: 420px; }
figcaption code { font-weight: 600; }
figcaption small { color: var(--soft); font-size: 12.5px; }
.pair { display: flex; flex-wrap: wrap; gap: 10px 22px; align-items: flex-start; }
.plot { min-width: 0; max-width: 100%; }
.plot > p { margin: 0 0 4px; font-size: 12px; color: var(--soft); line-height: 1.35; overflow-wrap: anywhere; max-width: 190px; }
.plot > p b { color: var(--ink); font-weight: 600; }
.map { display: grid; grid-template-columns: auto auto; gap: 3px; width: max-content; max-width: 100%; min-height: 12px; }
.map canvas { image-rendering: pixelated; display: block; }
.map canvas.cells { outline: 1px solid var(--line); }
.readout { color: var(--soft); font-size: 12px; margin: 3px 0 0; min-height: 1.4em; font-variant-numeric: tabular-nums; }
ul.flat { margin: 0; padding: 0 0 0 18px; } ul.flat li { margin: 3px 0; overflow-wrap: anywhere; }
footer { color: var(--soft); font-size: 13px; margin-top: 44px; padding-top: 16px; padding-bottom: 36px; }
@media (max-width: 760px) {
  main, header, footer { padding-left: 16px; padding-right: 16px; }
  h1 { font-size: 21px; }
  .banner p { font-size: 16px; }
  .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin: 0 0 8px; }
  .bars .row { grid-template-columns: 1fr; gap: 5px; padding: 10px 0; border-bottom: 1px solid var(--line); }
  .bars .row:last-child { border-bottom: 0; }
  .bars .value small { display: inline; }
  table, tbody, tr, td { display: block; width: 100%; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { padding: 10px 14px; border-bottom: 1px solid var(--line); }
  tbody tr:last-child { border-bottom: 0; }
  td { border: 0; padding: 3px 0; display: grid; grid-template-columns: 92px minmax(0, 1fr); gap: 10px; }
  td::before { content: attr(data-label); color: var(--soft); font-size: 13px; }
  td.empty { display: none; }
  tr[hidden] { display: none; }
}
@media print {
  body { font-size: 11pt; }
  .tools, .readout { display: none; }
  .card, .finding, figure, tr { break-inside: avoid; }
  section { margin-top: 22px; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
`;
