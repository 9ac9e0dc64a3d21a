// weightbridge claims: nineteen statements, tried.

import { type ClaimResult, runClaims } from "../claims/index.ts";
import { wrapped } from "../core/words.ts";
import { type Command, parse, print, printJson, status } from "./arguments.ts";

const help = `weightbridge claims [--json]

Runs nineteen programs that each decide a statement about arrays, memory order and
weights, and prints what happened.

  --json    statements, verdicts and everything the programs saw`;

const width = 88;

function lines({ verdict, statement, why }: ClaimResult): string[] {
  const said = wrapped(statement, width).map((line, i) => (i > 0 ? "" : verdict).padEnd(7) + line);
  return [...said, ...wrapped(why, width).map((line) => " ".repeat(7) + line), ""];
}

export const claims: Command = {
  help,
  run: async (args) => {
    const { values } = parse(args, { json: { type: "boolean", default: false } });
    const results = runClaims();
    if (values.json) printJson(results);
    else {
      for (const result of results) for (const line of lines(result)) print(line);
      const falseOnes = results.filter(({ verdict }) => verdict === "false").length;
      print(`${results.length} statements: ${results.length - falseOnes} true, ${falseOnes} false`);
    }
    return status.ok;
  },
};
