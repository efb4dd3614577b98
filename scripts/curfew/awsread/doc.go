// Package awsread asks AWS what is there, and can change nothing: an action that does not begin with Get, List or Describe
// is refused before anything is sent.
//
// It speaks the three protocols of the few services that an installation is made of, signed by package awsauth, so that the
// command line stays without the AWS SDK. The addresses of the services can be set as for the SDK: AWS_ENDPOINT_URL, or
// AWS_ENDPOINT_URL_IAM for one of them.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
package awsread
