/** Why a command is asked to end: the signal that the process got. */
export class Interruption extends Error {
  /** What the shell expects of a process that a signal ended: 130 or 143. */
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`Interrupted by ${signal}`);
    this.name = new.target.name;
    this.exitCode = signal === 'SIGINT' ? 130 : 143;
  }
}
