// torch.optim.lr_scheduler.CosineAnnealingLR and CosineAnnealingWarmRestarts (Loshchilov and Hutter, arXiv:1608.03983).

import { ValueError } from "../../../core/errors.ts";
import { settingText } from "../../nn/text.ts";
import { LRScheduler, ratesOf, readArguments, type SchedulerArguments } from "./scheduler.ts";

interface CosineOptions {
  readonly TMax: number;
  readonly etaMin: number;
}

/** Along a cosine from the first rate to `etaMin` and back, each in `TMax` epochs. */
export class CosineAnnealingLR extends LRScheduler {
  TMax: number;
  etaMin: number;
  protected override readonly kept: readonly string[] = ["T_max", "eta_min"];

  constructor(
    ...args: SchedulerArguments<[TMax: number, etaMin?: number, lastEpoch?: number], CosineOptions>
  ) {
    const bound = readArguments<CosineOptions>("CosineAnnealingLR", ["TMax", "etaMin"], args, { etaMin: 0 });
    super(bound.optimizer);
    this.TMax = bound.TMax;
    this.etaMin = Number(bound.etaMin);
    this.begin(bound.lastEpoch);
  }

  override getLr(): number[] {
    this.warnOutsideStep();
    const { TMax, etaMin, lastEpoch } = this;
    const rates = ratesOf(this.optimizer);
    if (this.isInitial) return rates;
    if (this.stepCount === 1 && lastEpoch > 0) return this.along((lastEpoch * Math.PI) / TMax);
    if ((lastEpoch - 1 - TMax) % (2 * TMax) === 0) {
      const rise = 1 - Math.cos(Math.PI / TMax);
      return rates.map((rate, i) => rate + ((this.baseLrs[i]! - etaMin) * rise) / 2);
    }
    const height = (epoch: number): number => 1 + Math.cos((Math.PI * epoch) / TMax);
    const factor = height(lastEpoch) / height(lastEpoch - 1);
    return rates.map((rate) => factor * (rate - etaMin) + etaMin);
  }

  private along(angle: number): number[] {
    return this.baseLrs.map((rate) => this.etaMin + ((rate - this.etaMin) * (1 + Math.cos(angle))) / 2);
  }

  protected override closedForm(): number[] {
    return this.along((Math.PI * this.lastEpoch) / this.TMax);
  }
}

interface RestartOptions {
  readonly T0: number;
  readonly TMult: number;
  readonly etaMin: number;
}

/** Along a cosine down to `etaMin`, again and again, each time `TMult` times as long. */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  T0: number;
  /** The length of the present period. */
  TI: number;
  TMult: number;
  etaMin: number;
  /** Epochs since the last restart. */
  TCur: number;
  protected override readonly kept: readonly string[] = ["T_0", "T_i", "T_mult", "eta_min", "T_cur"];

  constructor(
    ...args: SchedulerArguments<
      [T0: number, TMult?: number, etaMin?: number, lastEpoch?: number],
      RestartOptions
    >
  ) {
    const names = ["T0", "TMult", "etaMin"] as const;
    const bound = readArguments<RestartOptions>("CosineAnnealingWarmRestarts", names, args, {
      TMult: 1,
      etaMin: 0,
    });
    const { T0, TMult, etaMin, lastEpoch } = bound;
    if (!(T0 > 0) || !Number.isInteger(T0))
      throw new ValueError(`Expected positive integer T_0, but got ${settingText(T0)}`);
    if (!(TMult >= 1) || !Number.isInteger(TMult))
      throw new ValueError(`Expected integer T_mult >= 1, but got ${settingText(TMult)}`);
    super(bound.optimizer);
    this.T0 = T0;
    this.TI = T0;
    this.TMult = TMult;
    this.etaMin = Number(etaMin);
    this.TCur = lastEpoch;
    this.begin(lastEpoch);
  }

  override getLr(): number[] {
    this.warnOutsideStep();
    const height = 1 + Math.cos((Math.PI * this.TCur) / this.TI);
    return this.baseLrs.map((rate) => this.etaMin + ((rate - this.etaMin) * height) / 2);
  }

  /** Goes on to the next epoch, or to the one given, which may be a fraction. */
  override step(epoch?: number | null): void {
    const given = typeof epoch === "number" ? epoch : this.lastEpoch < 0 ? 0 : undefined;
    if (given === undefined) {
      this.TCur += 1;
      if (this.TCur >= this.TI) {
        this.TCur %= this.TI;
        this.TI *= this.TMult;
      }
    } else this.goTo(given);
    this.lastEpoch = Math.floor(given ?? this.lastEpoch + 1);
    this.getLrCalledWithinStep = true;
    try {
      this.setRates(this.getLr());
    } finally {
      this.getLrCalledWithinStep = false;
    }
  }

  private goTo(epoch: number): void {
    const { T0, TMult } = this;
    if (epoch < 0) throw new ValueError(`Expected non-negative epoch, but got ${epoch}`);
    if (epoch < T0) {
      this.TI = T0;
      this.TCur = epoch;
    } else if (TMult === 1) this.TCur = epoch % T0;
    else {
      const period = Math.trunc(Math.log((epoch / T0) * (TMult - 1) + 1) / Math.log(TMult));
      this.TCur = epoch - (T0 * (TMult ** period - 1)) / (TMult - 1);
      this.TI = T0 * TMult ** period;
    }
  }
}
