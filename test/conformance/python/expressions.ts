// Parses Python expressions (The Python Language Reference, section 6) by operator precedence (Pratt's method).

import type { Clause, Expression, FormatPart, Parameter } from "./syntax.ts";
import { type Token, tokenize } from "./tokens.ts";
import { ellipsis } from "./values.ts";

/** How strongly a binary operator binds; `**` alone goes from right to left. */
const strength: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  in: 4,
  is: 4,
  not: 4,
  "<": 4,
  "<=": 4,
  ">": 4,
  ">=": 4,
  "==": 4,
  "!=": 4,
  "|": 5,
  "^": 6,
  "&": 7,
  "<<": 8,
  ">>": 8,
  "+": 9,
  "-": 9,
  "*": 10,
  "/": 10,
  "//": 10,
  "%": 10,
  "@": 10,
  "**": 12,
};
const comparison = 4;
const negation = 3;
const sign = 11;

const words: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["True", true],
  ["False", false],
  ["None", null],
]);

/** Reads expressions from tokens. The statement parser goes on where it stops. */
export class ExpressionParser {
  protected readonly tokens: readonly Token[];
  protected at = 0;

  constructor(source: string) {
    this.tokens = tokenize(source);
  }

  get next(): Token {
    return this.tokens[this.at]!;
  }

  protected fail(wanted: string): never {
    const { text, kind, at } = this.next;
    throw new SyntaxError(`expected ${wanted}, got ${text === "" ? kind : JSON.stringify(text)} at ${at}`);
  }

  protected isNext(text: string): boolean {
    return this.next.text === text && (this.next.kind === "operator" || this.next.kind === "name");
  }

  /** True iff the next token is of that kind. */
  protected isKind(kind: Token["kind"]): boolean {
    return this.next.kind === kind;
  }

  protected take(text: string): boolean {
    if (!this.isNext(text)) return false;
    this.at++;
    return true;
  }

  protected expect(text: string): void {
    if (!this.take(text)) this.fail(JSON.stringify(text));
  }

  protected name(): string {
    if (this.next.kind !== "name") this.fail("a name");
    return this.tokens[this.at++]!.text;
  }

  /** One or more expressions with commas between: several, or one with a comma after it, are a tuple. */
  expressions(): Expression {
    const first = this.starred();
    if (!this.isNext(",")) return first;
    const items = [first];
    while (this.take(",")) {
      if (this.atEnd()) break;
      items.push(this.starred());
    }
    return { kind: "tuple", items };
  }

  private atEnd(): boolean {
    const { kind, text } = this.next;
    return kind === "newline" || kind === "end" || (kind === "operator" && /^[)\]}=:;]$/.test(text));
  }

  private starred(): Expression {
    return this.take("*") ? { kind: "starred", value: this.expression(5) } : this.expression();
  }

  /** An expression whose operators bind at least so strongly; 0 takes in conditionals and lambdas. */
  expression(least = 0): Expression {
    if (least === 0 && this.take("lambda")) return this.lambda();
    let left = this.prefix();
    while (true) {
      const operator = this.next.kind === "operator" || this.next.kind === "name" ? this.next.text : "";
      const binding = strength[operator];
      if (binding === undefined || binding < Math.max(least, 1)) break;
      if (operator === "not" && this.tokens[this.at + 1]?.text !== "in") break;
      left = binding === comparison ? this.comparison(left) : this.operation(left, operator, binding);
    }
    return least === 0 && this.isNext("if") ? this.conditional(left) : left;
  }

  private operation(left: Expression, operator: string, binding: number): Expression {
    this.at++;
    if (operator === "and" || operator === "or") {
      return { kind: "logic", operator, left, right: this.expression(binding + 1) };
    }
    const right = operator === "**" ? this.expression(sign) : this.expression(binding + 1);
    return { kind: "binary", operator, left, right };
  }

  private comparison(first: Expression): Expression {
    const rest: { operator: string; operand: Expression }[] = [];
    while (strength[this.next.text] === comparison && this.next.kind !== "string") {
      let operator = this.tokens[this.at++]!.text;
      if (operator === "is" && this.take("not")) operator = "is not";
      if (operator === "not") {
        this.expect("in");
        operator = "not in";
      }
      rest.push({ operator, operand: this.expression(comparison + 1) });
    }
    return { kind: "compare", first, rest };
  }

  private conditional(whenTrue: Expression): Expression {
    this.expect("if");
    const condition = this.expression(1);
    this.expect("else");
    return { kind: "conditional", condition, whenTrue, whenFalse: this.expression() };
  }

  private lambda(): Expression {
    const parameters = this.parameters(":");
    this.expect(":");
    return { kind: "lambda", parameters, body: this.expression() };
  }

  /** Names with or without defaults, up to the text that ends them. */
  protected parameters(end: string): Parameter[] {
    const parameters: Parameter[] = [];
    while (!this.isNext(end)) {
      const name = this.name();
      parameters.push({ name, defaultValue: this.take("=") ? this.expression() : undefined });
      if (!this.take(",")) break;
    }
    return parameters;
  }

  private prefix(): Expression {
    for (const operator of ["-", "+", "~"]) {
      if (this.take(operator)) return { kind: "unary", operator, operand: this.expression(sign) };
    }
    if (this.take("not")) return { kind: "unary", operator: "not", operand: this.expression(negation) };
    let value = this.atom();
    while (true) {
      if (this.take(".")) value = { kind: "attribute", object: value, name: this.name() };
      else if (this.take("(")) value = this.call(value);
      else if (this.take("[")) value = this.subscript(value);
      else return value;
    }
  }

  private call(callee: Expression): Expression {
    const positional: Expression[] = [];
    const keywords: { name: string; value: Expression }[] = [];
    while (!this.take(")")) {
      if (this.next.kind === "name" && this.tokens[this.at + 1]!.text === "=") {
        const name = this.name();
        this.expect("=");
        keywords.push({ name, value: this.expression() });
      } else {
        const element = this.starred();
        positional.push(this.isNext("for") ? this.comprehension("generator", element, undefined) : element);
      }
      if (!this.take(",") && !this.isNext(")")) this.fail('"," or ")"');
    }
    return { kind: "call", callee, positional, keywords };
  }

  private subscript(object: Expression): Expression {
    const items: Expression[] = [];
    let several = false;
    while (!this.isNext("]")) {
      items.push(this.indexItem());
      if (!this.take(",")) break;
      several = true;
    }
    this.expect("]");
    return { kind: "subscript", object, index: several ? { kind: "tuple", items } : items[0]! };
  }

  private indexItem(): Expression {
    const parts: (Expression | undefined)[] = [undefined];
    while (!this.isNext("]") && !this.isNext(",")) {
      if (this.take(":")) parts.push(undefined);
      else parts[parts.length - 1] = this.starred();
    }
    if (parts.length === 1) return parts[0] ?? this.fail("an index");
    return { kind: "slice", start: parts[0], stop: parts[1], step: parts[2] };
  }

  private atom(): Expression {
    const token = this.next;
    this.at++;
    switch (token.kind) {
      case "number":
        return { kind: "constant", value: token.value };
      case "string":
        return this.strings(token.text);
      case "format":
        return { kind: "format", parts: formatParts(token.text) };
      case "name":
        return words.has(token.text)
          ? { kind: "constant", value: words.get(token.text) }
          : { kind: "name", name: token.text };
      default:
    }
    if (token.text === "...") return { kind: "constant", value: ellipsis };
    if (token.text === "(") return this.parenthesis();
    if (token.text === "[") return this.list();
    if (token.text === "{") return this.braces();
    this.at--;
    return this.fail("an expression");
  }

  /** Strings one after another are one. */
  private strings(first: string): Expression {
    let value = first;
    while (this.next.kind === "string") value += this.tokens[this.at++]!.text;
    return { kind: "constant", value };
  }

  private parenthesis(): Expression {
    if (this.take(")")) return { kind: "tuple", items: [] };
    const inside = this.expressions();
    const value = this.isNext("for") ? this.comprehension("generator", inside, undefined) : inside;
    this.expect(")");
    return value;
  }

  private list(): Expression {
    const items: Expression[] = [];
    while (!this.take("]")) {
      items.push(this.starred());
      if (this.isNext("for")) {
        const value = this.comprehension("list", items[0]!, undefined);
        this.expect("]");
        return value;
      }
      if (!this.take(",") && !this.isNext("]")) this.fail('"," or "]"');
    }
    return { kind: "list", items };
  }

  private braces(): Expression {
    const entries: (readonly [Expression, Expression])[] = [];
    const items: Expression[] = [];
    while (!this.take("}")) {
      const key = this.expression();
      const value = this.take(":") ? this.expression() : undefined;
      if (this.isNext("for")) {
        const result = this.comprehension(value === undefined ? "set" : "dict", key, value);
        this.expect("}");
        return result;
      }
      if (value === undefined) items.push(key);
      else entries.push([key, value]);
      if (!this.take(",") && !this.isNext("}")) this.fail('"," or "}"');
    }
    return items.length > 0 ? { kind: "set", items } : { kind: "dict", entries };
  }

  private comprehension(
    form: "list" | "generator" | "set" | "dict",
    element: Expression,
    value: Expression | undefined,
  ): Expression {
    const clauses: Clause[] = [];
    while (this.take("for")) {
      const target = this.targets();
      this.expect("in");
      const iterable = this.expression(1);
      const conditions: Expression[] = [];
      while (this.take("if")) conditions.push(this.expression(1));
      clauses.push({ target, iterable, conditions });
    }
    return { kind: "comprehension", form, element, value, clauses };
  }

  /** The names before `in`: they bind more strongly than it does. */
  protected targets(): Expression {
    const items = [this.expression(comparison + 1)];
    while (this.take(",")) items.push(this.expression(comparison + 1));
    return items.length === 1 ? items[0]! : { kind: "tuple", items };
  }
}

/** The pieces of an f-string. Its expressions hold no braces of their own. */
function formatParts(text: string): FormatPart[] {
  return text
    .split(/(\{[^{}]*\})/)
    .filter((part) => part !== "")
    .map((part) => {
      if (!part.startsWith("{")) return part;
      const [, source, specification] = /^\{(.*?)(?::([^:()[\]]*))?\}$/s.exec(part)!;
      return { value: new ExpressionParser(source!).expressions(), specification: specification ?? "" };
    });
}
