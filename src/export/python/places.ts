// How Python reaches a submodule or an entry of a module: `self.layers[0].weight`.

import { moduleAt } from "../../port/model/calls.ts";
import { containerOf } from "../../port/model/emit/classes.ts";
import type { ModuleSpec } from "../../port/spec.ts";
import { isIdentifier, textOf } from "./text.ts";

/** `object.name`, where the name can be written so. */
export const memberText = (object: string, name: string): string =>
  isIdentifier(name) ? `${object}.${name}` : `getattr(${object}, ${textOf(name)})`;

/** A submodule. @param spec the module that `object` is */
export function moduleText(spec: ModuleSpec, object: string, path: string): string {
  let code = object;
  let at: ModuleSpec | undefined = spec;
  for (const name of path === "" ? [] : path.split(".")) {
    const container: string | undefined = at === undefined ? undefined : containerOf(at);
    const names = Object.keys(at?.children ?? {});
    const isNumbered = names.every((each, i) => each === String(i));
    if (container === "ModuleDict") code = `${code}[${textOf(name)}]`;
    else if (container !== undefined && isNumbered) code = `${code}[${name}]`;
    else code = memberText(code, name);
    at = at === undefined ? undefined : moduleAt(at, name);
  }
  return code;
}

/** A parameter or buffer. */
export function entryText(spec: ModuleSpec, object: string, name: string): string {
  const dot = name.lastIndexOf(".");
  return memberText(moduleText(spec, object, name.slice(0, Math.max(dot, 0))), name.slice(dot + 1));
}
