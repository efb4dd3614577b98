// Package sdk is what the command line needs of the AWS SDK beside its clients: the configuration as the AWS CLI has it
// (profiles, role_arn, SSO, credential_process, web identity), the signature of a call to API Gateway, and what an error of
// AWS means in words.
package sdk
