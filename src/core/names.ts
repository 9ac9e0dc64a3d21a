// The API rule for names: Python's `snake_case` is `camelCase` here. A trailing underscore, and one at the front, stay.

/** `running_mean` as `runningMean`, `requires_grad_` as `requiresGrad_`. */
export function camelCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])_([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase());
}

/** `weightDecay` as `weight_decay`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
