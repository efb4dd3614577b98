package sdk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"curfew/shared/fault"
)

// Settings override the environment and the files of AWS. Empty ones do not.
type Settings struct {
	Profile   string            // overrides AWS_PROFILE and keys in the environment
	Region    string            // overrides AWS_REGION and the profile's
	Transport http.RoundTripper // nil: the SDK's
	AskMFA    func() (string, error)
}

// Config is a configuration of the SDK, and where it finds credentials.
type Config struct {
	aws.Config
	profile string
	env     config.EnvConfig
}

// Load reads the configuration. It fetches no credentials yet.
// https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
func Load(ctx context.Context, s Settings) (Config, error) {
	env, err := config.NewEnvConfig()
	if err != nil {
		return Config{}, &CredentialsError{"the AWS configuration cannot be read: " + oneLine(err), err}
	}
	c := Config{profile: firstNonEmpty(s.Profile, env.SharedConfigProfile, "default"), env: env}
	options := []func(*config.LoadOptions) error{config.WithRegion(s.Region), config.WithLogger(logging.Nop{})}
	if s.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(s.Profile))
	}
	if s.Transport != nil {
		options = append(options, config.WithHTTPClient(&http.Client{Transport: s.Transport}))
	}
	if s.AskMFA != nil {
		options = append(options, config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) { o.TokenProvider = s.AskMFA }))
	}
	if c.Config, err = config.LoadDefaultConfig(ctx, options...); err != nil {
		return Config{}, c.unreadableError(err)
	}
	return c, nil
}

func (c Config) unreadableError(err error) error {
	text := "the AWS configuration cannot be read: " + oneLine(err)
	if _, missing := errors.AsType[config.SharedConfigProfileNotExistError](err); missing {
		text = fmt.Sprintf("there is no AWS profile %s: check AWS_PROFILE; aws configure list-profiles lists them", c.profile)
	}
	return &CredentialsError{text + c.byteOrderMarks(), err}
}

// byteOrderMarks names an AWS file that is UTF-16, or begins with a byte order mark: the SDK and the AWS CLI skip its first section.
func (c Config) byteOrderMarks() string {
	for _, path := range []string{
		firstNonEmpty(c.env.SharedConfigFile, config.DefaultSharedConfigFilename()), firstNonEmpty(c.env.SharedCredentialsFile, config.DefaultSharedCredentialsFilename()),
	} {
		b, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if err := fault.CheckUTF16(b); err != nil {
			return "; " + path + " " + err.Error() + " without a byte order mark"
		}
		if bytes.HasPrefix(b, []byte("\xef\xbb\xbf")) {
			return "; " + path + " begins with a byte order mark: save it as UTF-8 without one"
		}
	}
	return ""
}

// From names the source of the credentials, for people.
func (c Config) From() string {
	if c.env.Credentials.HasKeys() && c.profile == firstNonEmpty(c.env.SharedConfigProfile, "default") {
		return "the environment"
	}
	return "profile " + c.profile
}

// ReadOnly returns a configuration for reading clients: it refuses each call that does not begin with Get, List or
// Describe before it is sent.
func (c Config) ReadOnly() aws.Config {
	read := c.Config.Copy()
	read.APIOptions = append(read.APIOptions, func(s *middleware.Stack) error {
		return s.Initialize.Add(middleware.InitializeMiddlewareFunc("OnlyReads", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			if name := awsmiddleware.GetOperationName(ctx); !isRead(name) {
				return middleware.InitializeOutput{}, middleware.Metadata{}, fmt.Errorf("%s is not a call that only reads", name)
			}
			return next.HandleInitialize(ctx, in)
		}), middleware.After)
	})
	return read
}

// isRead also takes the two calls that make a report of IAM's: their access level is Read.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
func isRead(action string) bool {
	if action == "GenerateCredentialReport" || action == "GenerateServiceLastAccessedDetails" {
		return true
	}
	return strings.HasPrefix(action, "Get") || strings.HasPrefix(action, "List") || strings.HasPrefix(action, "Describe")
}

func firstNonEmpty(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
