// The configuration of a Keras model (`config.json` in `.keras`, the attribute `model_config` in `.h5`) as data: the
// classes, names and settings of its layers. Functions that it names or holds are its text, and are not run.

import { FormatError } from "../../core/errors.ts";
import { JsonObject, type JsonValue, parseJson } from "../json.ts";
import { classOfConfig } from "./classes.ts";

/** A layer of a configuration. */
export interface LayerConfig {
  readonly name: string | undefined;
  readonly className: string;
  /** The settings that it was made with. */
  readonly settings: JsonObject;
  /** The layers of a model, as Keras counts them: those of a Sequential without its input. */
  readonly layers: readonly LayerConfig[] | undefined;
  /** What it was built for: the shapes of its inputs. */
  readonly built?: JsonObject;
}

/** The configuration in a text. Where it cannot be read, a note says why, and nothing is known of the model. */
export function configOfText(text: string, what: string, notes: string[]): LayerConfig | undefined {
  try {
    const json = parseJson(new TextEncoder().encode(text), what, { python: true });
    notes.push(...configNotes(json));
    return layerConfig(json);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    notes.push(`${error.reason}: the classes of layers are taken from their names`);
    return undefined;
  }
}

/** What an object of a configuration says of a layer. */
export function layerConfig(json: JsonValue | undefined): LayerConfig | undefined {
  if (!(json instanceof JsonObject)) return undefined;
  const given = json.get("class_name");
  const config = json.get("config");
  if (typeof given !== "string") return undefined;
  const className = classOfConfig(given);
  const settings = config instanceof JsonObject ? config : new JsonObject();
  // Before Keras 2.2.3 the configuration of a Sequential was the list of its layers.
  const list = Array.isArray(config) ? config : settings.get("layers");
  const built = json.get("build_config");
  const name = settings.get("name") ?? json.get("name");
  const layers = Array.isArray(list) ? list.flatMap((item) => layerConfig(item) ?? []) : undefined;
  return {
    name: typeof name === "string" ? name : undefined,
    className,
    settings,
    layers: className === "Sequential" ? layers?.filter((layer) => layer.className !== "InputLayer") : layers,
    ...(built instanceof JsonObject ? { built } : {}),
  };
}

/** True iff a Sequential was told the shape of its input: it was then built by itself. */
export function hasInputShape({ settings }: LayerConfig): boolean {
  const list = settings.get("layers");
  return (
    (Array.isArray(list) && layerConfig(list[0])?.className === "InputLayer") ||
    (settings.get("build_input_shape") ?? null) !== null
  );
}

/** Notes on one configuration. */
const mostNotes = 5;

/** What a careful reader should know of a configuration: code in it, and names that lead out of Keras. */
export function configNotes(config: JsonValue): string[] {
  const notes = new Set<string>();
  const waiting: JsonValue[] = [config];
  while (waiting.length > 0 && notes.size < mostNotes) {
    const value = waiting.pop()!;
    if (!Array.isArray(value) && !(value instanceof JsonObject)) continue;
    const note = value instanceof JsonObject ? noteOf(value) : undefined;
    if (note !== undefined) notes.add(note);
    for (const inner of [...value.values()].reverse()) waiting.push(inner);
  }
  return [...notes];
}

function noteOf(object: JsonObject): string | undefined {
  const className = object.get("class_name");
  const named = object.get("config");
  if (typeof className !== "string") return undefined;
  if (className === "Lambda") {
    const name = named instanceof JsonObject ? named.get("name") : undefined;
    const layer = short(typeof name === "string" ? name : "lambda");
    return `the layer ${layer} is a Lambda: its function, which may be any code, was not run`;
  }
  // A function is named by the settings, a class by itself.
  const module = object.get("module");
  const name = className === "function" && typeof named === "string" ? named : className;
  if (typeof module !== "string" || /^(keras(_\w+)?|tf_keras|tensorflow)(\.|$)/.test(module))
    return undefined;
  if (module === "builtins" && /^(function|slice|type|NoneType|dict|list|tuple|set)$/.test(className))
    return undefined;
  return `the configuration names ${short(`${module}.${name}`)}, which is none of Keras's: it was not called`;
}

function short(text: string): string {
  return JSON.stringify(text.length <= 60 ? text : `${text.slice(0, 60)}...`);
}
