// A module's members by name: maps that count what is done to them, all together. Whoever has gone through modules need not do
// so again as long as the count has not moved.

/** How often any module was given a member or lost one. */
export const memberChanges: { count: number } = { count: 0 };

/** Members by name. */
export class MemberMap<Member> extends Map<string, Member> {
  override set(name: string, member: Member): this {
    memberChanges.count++;
    return super.set(name, member);
  }

  override delete(name: string): boolean {
    memberChanges.count++;
    return super.delete(name);
  }

  override clear(): void {
    memberChanges.count++;
    super.clear();
  }
}
