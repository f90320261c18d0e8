import { UnknownStorageError, type FileStorage, type Storages } from '@filefield/core';
import type { FileFields } from '@filefield/mikro-orm';
import { MikroORM } from '@mikro-orm/postgresql';
import { CliError, UsageError } from '../errors/cli-error.ts';
import { didYouMean } from '../errors/did-you-mean.ts';
import type { LoadedConfiguration } from './load-configuration.ts';
import type { StaticFilesConfiguration } from './static-files-configuration.ts';

/** How a project is opened. */
export interface ProjectOptions {
  /** Told what MikroORM logs. */
  readonly log: (message: string) => void;
  /** Whether MikroORM tells its queries. */
  readonly debug: boolean;
}

/** The file fields of a project. Nothing is connected before it is used, and no worker starts by itself. */
export class Project implements AsyncDisposable {
  readonly files: FileFields;
  readonly staticFiles: StaticFilesConfiguration;
  readonly #configuration: LoadedConfiguration;
  readonly #options: ProjectOptions;
  #orm: Promise<MikroORM> | undefined;

  /** @throws {@link CliError} when the configuration has no file fields. */
  constructor(configuration: LoadedConfiguration, options: ProjectOptions) {
    this.#configuration = configuration;
    this.#options = options;
    this.files = fileFieldsOf(configuration).withoutWorker();
    this.staticFiles = configuration.staticFiles ?? {};
  }

  /** The ORM, its entities discovered; it connects with its first query. */
  async orm(): Promise<MikroORM> {
    this.#orm ??= this.#init();
    return await this.#orm;
  }

  /** The extension, ready to ask the database. @throws {@link CliError} when it does not answer. */
  async connected(): Promise<FileFields> {
    const orm = await this.orm();
    try {
      await orm.em.getConnection().execute('select 1');
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const fix = 'Is it running, and does the configuration of MikroORM say where, and as whom?';
      throw new CliError(`Cannot reach the database: ${reason}`, { cause, fix });
    }
    return this.files;
  }

  /** The extension with the ORM's metadata, for what needs no database. */
  async discovered(): Promise<FileFields> {
    await this.orm();
    return this.files;
  }

  /** The aliases that keep files of fields; of a project without entities none. */
  async fieldAliases(): Promise<ReadonlySet<string>> {
    const { entities = [], entitiesTs = [] } = this.#configuration.options;
    if (entities.length + entitiesTs.length === 0) return new Set();
    return (await this.discovered()).fieldAliases;
  }

  /** Every storage, those that fields bring along too, which takes the ORM's discovery. */
  async storages(): Promise<Storages> {
    await this.orm();
    return this.files.storages;
  }

  /** The storage of an alias. @throws {@link UsageError} when nobody defined it. */
  async storage(alias: string): Promise<FileStorage> {
    const defined = this.files.storages;
    // Those of the fields themselves are called Entity.property.
    const storages = defined.has(alias) || !alias.includes('.') ? defined : await this.storages();
    try {
      return storages.get(alias);
    } catch (error) {
      if (!(error instanceof UnknownStorageError)) throw error;
      const otherwise = `Defined storages are: ${error.known.join(', ')}`;
      throw new UsageError(
        `Cannot use storage ${JSON.stringify(alias)}: there is none of that name`,
        didYouMean(alias, error.known, otherwise),
      );
    }
  }

  /** The storages of some aliases; of none, every one. */
  async chosen(aliases: readonly string[]): Promise<FileStorage[]> {
    if (aliases.length > 0) return Promise.all(aliases.map(async (alias) => this.storage(alias)));
    const storages = await this.storages();
    return storages.aliases.map((alias) => storages.get(alias));
  }

  /** Afterwards nothing is connected. */
  async [Symbol.asyncDispose](): Promise<void> {
    const orm = await this.#orm?.catch(() => undefined);
    await orm?.close();
    await this.files.close();
  }

  async #init(): Promise<MikroORM> {
    const { options, isTypeScript } = this.#configuration;
    const { log, debug } = this.#options;
    try {
      return await MikroORM.init({
        ...options,
        ...(isTypeScript ? { preferTs: options.preferTs ?? true } : {}),
        allowGlobalContext: true,
        // What the worker and the flush warn of is of this kind.
        debug: debug || ['info'],
        logger: (message) => {
          if (debug) log(message);
          else if (!message.startsWith('[info] MikroORM ')) log(message.replace('[info] ', ''));
        },
        colors: false,
      });
    } catch (cause) {
      if (!(cause instanceof Error && cause.message.includes('emitDecoratorMetadata'))) throw cause;
      const fix =
        'Install @oxc-node/core in the project: nothing else that loads it writes metadata';
      throw new CliError(cause.message, { cause, fix });
    }
  }
}

function fileFieldsOf({ options }: LoadedConfiguration): FileFields {
  const found = options.extensions?.find(isFileFields);
  if (found !== undefined) return found;
  throw new CliError('Cannot find fileFields() in the configuration of MikroORM', {
    fix: 'Add it to its extensions: extensions: [fileFields({ storages })]',
  });
}

/** Told by what it can do: the project may have loaded the package from another place. */
function isFileFields(extension: object): extension is FileFields {
  return 'withoutWorker' in extension && 'storages' in extension;
}
