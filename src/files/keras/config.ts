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
}

/**
 * The configuration of a model.
 * @param what it is called in errors
 * @throws FormatError when it is not JSON, or nested too deep
 */
export function parseConfig(bytes: Uint8Array, what: string): LayerConfig | undefined {
  return layerConfig(parseJson(bytes, what));
}

/** As `parseConfig`; where it cannot be read, a note says why, and nothing is known of it. */
export function configOrNote(bytes: Uint8Array, what: string, notes: string[]): LayerConfig | undefined {
  try {
    const config = parseConfig(bytes, what);
    if (config !== undefined) notes.push(...notesOf(config));
    return config;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    notes.push(`${error.reason}: the names of layers are taken from the weights alone`);
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
  const name = settings.get("name") ?? json.get("name");
  const layers = Array.isArray(list) ? list.flatMap((item) => layerConfig(item) ?? []) : undefined;
  return {
    name: typeof name === "string" ? name : undefined,
    className,
    settings,
    layers: className === "Sequential" ? layers?.filter((layer) => layer.className !== "InputLayer") : layers,
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

/** Lines of a note that name what a configuration holds beside layers. */
const mostNotes = 5;

/** What a careful reader should know of a configuration: code in it, and names that lead out of Keras. */
function notesOf(config: LayerConfig): string[] {
  const notes = new Set<string>();
  const waiting: JsonValue[] = [config.settings];
  while (waiting.length > 0 && notes.size < mostNotes) {
    const value = waiting.pop()!;
    if (Array.isArray(value)) waiting.push(...[...value].reverse());
    if (!(value instanceof JsonObject)) continue;
    const note = noteOf(value);
    if (note !== undefined) notes.add(note);
    waiting.push(...[...value.values()].reverse());
  }
  return [...notes];
}

function noteOf(object: JsonObject): string | undefined {
  const layer = layerConfig(object);
  if (layer?.className === "Lambda") {
    return `the layer ${JSON.stringify(short(layer.name ?? "lambda"))} is a Lambda: its function, Python code, was not run`;
  }
  const module = object.get("module");
  const isForeign =
    layer !== undefined &&
    typeof module === "string" &&
    !/^(keras|tf_keras|tensorflow|builtins)(\.|$)/.test(module);
  const named = `${isForeign ? module : ""}.${layer?.className ?? ""}`;
  if (isForeign)
    return `the configuration names ${short(named)}, which is none of Keras's: it was not called`;
  if (module === "builtins" && layer !== undefined && layer.className !== "function") {
    return `the configuration names builtins.${short(layer.className)}: it was not called`;
  }
  return undefined;
}

function short(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
