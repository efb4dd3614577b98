package sdk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"
)

// CredentialsError says why there are no credentials, and what to do.
type CredentialsError struct {
	Text string
	Err  error // of the SDK
}

// Error returns Text.
func (e *CredentialsError) Error() string { return e.Text }

// Unwrap returns the error of the SDK.
func (e *CredentialsError) Unwrap() error { return e.Err }

// Retrieve fetches the credentials. It returns the context's error if that is over, else a [*CredentialsError].
func (c Config) Retrieve(ctx context.Context) (aws.Credentials, error) {
	got, err := c.Credentials.Retrieve(ctx)
	if err == nil {
		return got, nil
	}
	if ctx.Err() != nil {
		return got, ctx.Err()
	}
	return got, &CredentialsError{c.explain(err) + c.byteOrderMarks(), err}
}

// explain explains an error of the SDK by its kind; if it has no known kind, by its text.
func (c Config) explain(err error) string {
	text := oneLine(err)
	if sso := c.ssoError(err, text); sso {
		return fmt.Sprintf("the SSO session of AWS profile %s has expired, or did not begin: aws sso login --profile %s", c.profile, c.profile)
	}
	if _, ok := errors.AsType[*processcreds.ProviderError](err); ok {
		return fmt.Sprintf("the credential_process of AWS profile %s failed: %s", c.profile, text)
	}
	if strings.Contains(text, "TokenProvider is not set") {
		return fmt.Sprintf("AWS profile %s wants an MFA code, and there is no terminal to ask on: sign in with MFA first", c.profile)
	}
	if op, ok := errors.AsType[*smithy.OperationError](err); ok && !strings.Contains(text, "EC2 IMDS role") {
		what := "cannot be fetched"
		if api, refused := errors.AsType[smithy.APIError](err); refused {
			what = fmt.Sprintf("were refused: %s: %s", api.ErrorCode(), strings.Join(strings.Fields(api.ErrorMessage()), " "))
		}
		return fmt.Sprintf("the credentials of AWS profile %s (%s of %s) %s", c.profile, op.Operation(), op.Service(), what)
	}
	if strings.Contains(text, "EC2 IMDS role") || strings.Contains(text, "static credentials are empty") {
		return `no credentials found: run "curfew login", or set CURFEW_TOKEN or AWS credentials (aws configure sso, AWS_PROFILE …); looked in the environment, in profile ` + c.profile +
			" of the AWS files, and at the metadata service of EC2"
	}
	return fmt.Sprintf("the credentials of AWS profile %s cannot be fetched: %s", c.profile, text)
}

func (c Config) ssoError(err error, text string) bool {
	_, invalid := errors.AsType[*ssocreds.InvalidTokenError](err)
	return invalid || strings.Contains(text, "SSO token")
}

// Signer signs calls to an API Gateway with IAM authorization.
type Signer struct {
	Config Config
	Region string // of the API
	Now    func() time.Time
}

// Sign adds the headers of AWS Signature Version 4. Set all other headers before. It fetches the credentials if needed.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
func (s Signer) Sign(r *http.Request, body []byte) error {
	keys, err := s.Config.Retrieve(r.Context())
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	return v4.NewSigner().SignHTTP(r.Context(), keys, r, hex.EncodeToString(sum[:]), "execute-api", s.Region, s.Now())
}
