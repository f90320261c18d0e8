import type { Host } from '../host.ts';
import type { Output } from '../output/output.ts';
import { loadConfiguration } from './load-configuration.ts';
import { Project } from './project.ts';

/** The project of one command, opened when it is asked for. */
export class OpenedProject implements AsyncDisposable {
  readonly #host: Host;
  readonly #output: Output;
  readonly #values: Readonly<Record<string, unknown>>;
  #project: Promise<Project> | undefined;

  constructor(host: Host, output: Output, values: Readonly<Record<string, unknown>>) {
    this.#host = host;
    this.#output = output;
    this.#values = values;
  }

  async project(): Promise<Project> {
    this.#project ??= this.#open();
    return await this.#project;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const project = await this.#project?.catch(() => undefined);
    await project?.[Symbol.asyncDispose]();
  }

  async #open(): Promise<Project> {
    const { cwd, env, load = loadConfiguration } = this.#host;
    const path = this.#values['config'] as string | undefined;
    const context = this.#values['context'] as string | undefined;
    const configuration = await load({ cwd, env, path, context });
    const output = this.#output;
    return new Project(configuration, {
      debug: output.isVerbose,
      log: (message) => (output.isVerbose ? output.note(message) : output.warn(message)),
    });
  }
}
