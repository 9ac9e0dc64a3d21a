// Parses Python programs (The Python Language Reference, sections 7 and 8): the statements that recorded programs use.

import { ExpressionParser } from "./expressions.ts";
import type { Expression, Statement } from "./syntax.ts";

class Parser extends ExpressionParser {
  program(): Statement[] {
    const statements: Statement[] = [];
    while (!this.isKind("end")) statements.push(...this.statement());
    return statements;
  }

  private statement(): Statement[] {
    if (this.take("for")) return [this.loop()];
    if (this.take("while")) return [{ kind: "while", condition: this.expression(), body: this.block() }];
    if (this.take("if")) return [this.condition()];
    if (this.take("with")) return [this.context()];
    if (this.take("def")) return [this.definition()];
    if (this.take("class")) return [this.type()];
    return this.line();
  }

  /** Simple statements with semicolons between. */
  private line(): Statement[] {
    const statements = [this.simple()];
    while (this.take(";")) {
      if (this.isKind("newline")) break;
      statements.push(this.simple());
    }
    if (!this.isKind("newline")) this.fail("the end of the line");
    this.at++;
    return statements;
  }

  private block(): Statement[] {
    this.expect(":");
    if (!this.isKind("newline")) return this.line();
    this.at++;
    if (!this.isKind("indent")) this.fail("an indented block");
    this.at++;
    const statements: Statement[] = [];
    while (!this.isKind("dedent")) statements.push(...this.statement());
    this.at++;
    return statements;
  }

  private simple(): Statement {
    if (this.take("pass")) return { kind: "pass" };
    if (this.take("return")) {
      return { kind: "return", value: this.isKind("newline") ? undefined : this.expressions() };
    }
    if (this.take("del")) {
      const value = this.expressions();
      return { kind: "delete", targets: value.kind === "tuple" ? value.items : [value] };
    }
    const first = this.expressions();
    const operator = /^(\*\*|\/\/|>>|<<|[-+*/%&|^@])=$/.exec(this.next.text)?.[1];
    if (operator !== undefined && this.isKind("operator")) {
      this.at++;
      return { kind: "augment", operator, target: first, value: this.expressions() };
    }
    const parts: Expression[] = [first];
    while (this.take("=")) parts.push(this.expressions());
    if (parts.length === 1) return { kind: "expression", value: first };
    return { kind: "assign", targets: parts.slice(0, -1), value: parts.at(-1)! };
  }

  private loop(): Statement {
    const target = this.targets();
    this.expect("in");
    return { kind: "for", target, iterable: this.expressions(), body: this.block() };
  }

  private condition(): Statement {
    const condition = this.expression();
    const body = this.block();
    if (this.take("elif")) return { kind: "if", condition, body, otherwise: [this.condition()] };
    return { kind: "if", condition, body, otherwise: this.take("else") ? this.block() : [] };
  }

  private context(): Statement {
    const context = this.expression();
    const target = this.take("as") ? this.targets() : undefined;
    return { kind: "with", context, target, body: this.block() };
  }

  private definition(): Statement {
    const name = this.name();
    this.expect("(");
    const parameters = this.parameters(")");
    this.expect(")");
    return { kind: "function", name, parameters, body: this.block() };
  }

  private type(): Statement {
    const name = this.name();
    const bases: Expression[] = [];
    if (this.take("(")) {
      while (!this.take(")")) {
        bases.push(this.expression());
        this.take(",");
      }
    }
    return { kind: "class", name, bases, body: this.block() };
  }
}

const parsed: Map<string, readonly Statement[]> = new Map();

/** The statements of a program. */
export function parse(source: string): readonly Statement[] {
  let statements = parsed.get(source);
  if (statements === undefined) {
    statements = new Parser(source).program();
    parsed.set(source, statements);
  }
  return statements;
}
