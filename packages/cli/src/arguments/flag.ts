/** A flag of a command, as it is declared. */
export interface Flag {
  /**
   * `boolean`: is there or not · `text`, `integer`, `bytes`, `duration`: has a value · `texts`: may be repeated ·
   * `count`: a number, or nothing, which is `true`.
   */
  readonly type: 'boolean' | 'text' | 'texts' | 'integer' | 'count' | 'bytes' | 'duration';
  /** One line for the help. */
  readonly summary: string;
  /** What the value is called in the help, such as `ALIAS`. */
  readonly value?: string | undefined;
  /** The only values that are taken. */
  readonly choices?: readonly string[] | undefined;
  /** The smallest number. Default 0. */
  readonly least?: number | undefined;
  /** One letter. */
  readonly short?: string | undefined;
  /** Left out of the help: another spelling of a flag that is in it. */
  readonly hidden?: true | undefined;
}

/** The flags of a command by their names, without dashes. */
export type Flags = Readonly<Record<string, Flag>>;

/** What was given, by the names of the flags. */
export type FlagValues<Of extends Flags> = {
  readonly [Name in keyof Of]: FlagValue<Of[Name]> | undefined;
};

type FlagValue<One extends Flag> = One['choices'] extends readonly (infer Choice)[]
  ? Choice
  : {
      boolean: boolean;
      text: string;
      texts: readonly string[];
      integer: number;
      count: number | true;
      bytes: number;
      duration: `${number}h`;
    }[One['type']];
