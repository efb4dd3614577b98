// Package awsauth signs HTTP requests with AWS Signature Version 4, as API Gateway wants them of a machine, and every service
// of AWS but S3.
//
// [Find] looks for credentials where the AWS CLI keeps those that need no call to AWS: the environment, and the shared
// credentials and config files. Whatever needs a call (SSO, AssumeRole, a credential process, a metadata service) is for
// the AWS CLI, which gives them to the environment: the error says how. The AWS SDK is not used here: it would be the
// larger part of a program that signs a few kinds of request.
package awsauth
