import { StorageOptionsError } from '@filefield/core';
import type { AccessNeeds } from './access-needs.ts';
import { storagesOnS3, type StoragesToAllow } from './storages-on-s3.ts';

/** A policy of IAM, ready for `JSON.stringify`. */
export interface IamPolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly IamStatement[];
}

/** One statement of an {@link IamPolicy}. */
export interface IamStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** Options of {@link iamPolicy}. */
export interface IamPolicyOptions {
  /** Also what `probe()` reads: the settings of the buckets. Default `false`. */
  readonly probe?: boolean | undefined;
  /** Also reading older versions, for URLs with a `versionId`. Default `false`. */
  readonly versions?: boolean | undefined;
}

const probeActions = [
  's3:GetBucketCORS',
  's3:GetBucketLocation',
  's3:GetBucketPolicyStatus',
  's3:GetBucketPublicAccessBlock',
  's3:GetBucketVersioning',
  's3:GetEncryptionConfiguration',
  's3:GetLifecycleConfiguration',
];

/**
 * The least that the application's role must be allowed for all of its storages on S3, each bucket and prefix among them;
 * storages that are elsewhere need nothing.
 *
 * @throws {@link StorageOptionsError} when none is on S3.
 */
export function iamPolicy(storages: StoragesToAllow, options: IamPolicyOptions = {}): IamPolicy {
  const needs = storagesOnS3(storages).map((storage) => storage.accessNeeds);
  if (needs.length === 0) {
    throw new StorageOptionsError('Cannot write an IAM policy: none of the storages is on S3');
  }
  const statements = [
    ...[...Map.groupBy(needs, bucketArn)].flatMap(([arn, of]) =>
      bucketStatements(arn, of, options),
    ),
    ...[...Map.groupBy(needs, actionsOf)].map(([, of]) => objectStatement(of, options)),
    ...needs.flatMap(keyStatement),
  ];
  return { Version: '2012-10-17', Statement: numbered(statements) };
}

type Unnumbered = Omit<IamStatement, 'Effect'>;

function bucketStatements(
  arn: string,
  needs: readonly AccessNeeds[],
  { probe = false }: IamPolicyOptions,
): Unnumbered[] {
  const prefixes = [...new Set(needs.map(({ prefix }) => prefix))].toSorted();
  const condition = {
    // A missing object is "404" for who may list its name, "403" for everybody else.
    StringLike: {
      's3:prefix': prefixes.flatMap((prefix) => [literal(prefix), `${literal(prefix)}*`]),
    },
  };
  const Resource = [arn];
  return [
    {
      Sid: 'List',
      Action: ['s3:ListBucket'],
      Resource,
      ...(!prefixes.includes('') && { Condition: condition }),
    },
    // Knows no condition on the prefix.
    { Sid: 'ListUploads', Action: ['s3:ListBucketMultipartUploads'], Resource },
    ...(probe ? [{ Sid: 'Probe', Action: probeActions, Resource }] : []),
  ];
}

function objectStatement(needs: readonly AccessNeeds[], options: IamPolicyOptions): Unnumbered {
  const [{ objectActions } = { objectActions: [] }] = needs;
  const versions = options.versions === true ? ['s3:GetObjectVersion'] : [];
  const resources = needs.map((one) => `${bucketArn(one)}/${literal(one.prefix)}*`);
  return {
    Sid: 'Objects',
    Action: [...objectActions, ...versions].toSorted(),
    Resource: [...new Set(resources)].toSorted(),
  };
}

function keyStatement({ kmsKeyId, partition, region }: AccessNeeds): Unnumbered[] {
  if (kmsKeyId === undefined) return [];
  const keys = `arn:${partition}:kms:${region}:*:key/`;
  const use = { Sid: 'Key', Action: ['kms:Decrypt', 'kms:GenerateDataKey'] };
  const alias = /(?:^|:)(alias\/.+)$/.exec(kmsKeyId)?.[1];
  if (alias !== undefined) {
    const named = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [alias] } };
    return [{ ...use, Resource: [`${keys}*`], Condition: named }];
  }
  return [{ ...use, Resource: [kmsKeyId.startsWith('arn:') ? kmsKeyId : keys + kmsKeyId] }];
}

/** Statements of one policy have different ids, of letters and digits. */
function numbered(statements: readonly Unnumbered[]): IamStatement[] {
  const unique = new Map(statements.map((one) => [JSON.stringify(one), one]));
  const ids = new Map<string, number>();
  return [...unique.values()].map(({ Sid, ...rest }) => {
    const number = (ids.get(Sid) ?? 0) + 1;
    ids.set(Sid, number);
    return { Sid: number === 1 ? Sid : `${Sid}${number}`, Effect: 'Allow', ...rest };
  });
}

/** The ARN of a bucket. */
export function bucketArn({
  partition,
  bucket,
}: Pick<AccessNeeds, 'partition' | 'bucket'>): string {
  return `arn:${partition}:s3:::${bucket}`;
}

function actionsOf({ objectActions }: AccessNeeds): string {
  return objectActions.join();
}

/** `*`, `?` and `$` of a name as themselves: IAM takes them for wildcards and variables. */
export function literal(prefix: string): string {
  return prefix.replaceAll(/[*?$]/g, (character) => `\${${character}}`);
}
