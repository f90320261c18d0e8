export type { AccessNeeds } from './access-needs.ts';
export {
  bucketConfiguration,
  bucketConfigurations,
  type BucketConfiguration,
  type BucketConfigurationOptions,
} from './bucket-configuration.ts';
export type { CloudFrontCookies } from './cloudfront-signer.ts';
export type { ConditionalWrite } from './conditional-writes.ts';
export { corsRules, type CorsConfiguration, type CorsOptions } from './cors-rules.ts';
export type { CloudFrontOptions, UrlSigningHook, UrlToSign } from './custom-domain.ts';
export {
  iamPolicy,
  type IamPolicy,
  type IamPolicyOptions,
  type IamStatement,
} from './iam-policy.ts';
export type { ObjectFacts, ObjectParameterName, ObjectParameters } from './object-parameters.ts';
export { probe, type ProbeFinding, type ProbeReport, type ProbeSubject } from './probe.ts';
export type { S3Acl } from './s3-acl.ts';
export type {
  EncryptionOptions,
  GzipOptions,
  MultipartOptions,
  S3ClientSettings,
  S3CredentialProvider,
  S3Credentials,
  S3StorageOptions,
  TlsOptions,
} from './s3-options.ts';
export { S3Storage } from './s3-storage.ts';
export { s3Storages, type S3StorageFactories, type S3StoragesOptions } from './s3-storages.ts';
export { staticOptions } from './static-options.ts';
export type { StoragesToAllow } from './storages-on-s3.ts';
export { storagesFromEnv, type EnvironmentOptions } from './storages-from-env.ts';
export type { CloudFrontLimits, CookieOptions, S3UrlOptions } from './url-options.ts';
