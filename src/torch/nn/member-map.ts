// A module's members by name: maps that count what is done to them, all together.

import { changes } from "../../core/changes.ts";

/** Members by name. */
export class MemberMap<Member> extends Map<string, Member> {
  override set(name: string, member: Member): this {
    changes.members++;
    return super.set(name, member);
  }

  override delete(name: string): boolean {
    changes.members++;
    return super.delete(name);
  }

  override clear(): void {
    changes.members++;
    super.clear();
  }
}
