// Package sdk wraps the AWS SDK for the command line: the configuration that the AWS CLI uses, signatures for API
// Gateway, and error texts.
package sdk
