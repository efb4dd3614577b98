// Package ask makes single calls to services of AWS for which a client of the SDK would cost more than it does: a client is
// up to half a megabyte of a function's code, and some set up the shapes of all their calls at every start. Signing,
// credentials, retries and the HTTP client are the SDK's.
package ask

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Call is one call.
type Call struct {
	Service string // in the service's address and in the signature, as "backup"
	// Target names the operation in the protocol AWS JSON, as "CodeDeploy_20141006.GetDeployment".
	Target string
	// Operation, Method and Path are of the protocol REST JSON, as "DescribeBackupJob"; the path is escaped. They are left out
	// with a target.
	Operation, Method, Path string
	// Header are further headers, by name.
	Header map[string]string
}

// mostAnswer bounds what is read of an answer, in bytes. What is asked for here has a few thousand.
const mostAnswer = 4 << 20

// Do makes the call in cfg's Region with its credentials: in as JSON, the answer into out; a nil in sends nothing, a nil
// out reads nothing. What may succeed in a moment is sent again, as often as cfg's Retryer says. An error of the service is
// a [smithy.APIError].
//
// What cfg's APIOptions add to the step Initialize of a client's calls is done with this one too, once: whoever records
// calls misses none.
func (c Call) Do(ctx context.Context, cfg aws.Config, in, out any) error {
	stack := middleware.NewStack(c.operation(), smithyhttp.NewStackRequest)
	for _, option := range cfg.APIOptions {
		if err := option(stack); err != nil {
			return fmt.Errorf("%s: %w", c.name(), err)
		}
	}
	ctx = awsmiddleware.SetOperationName(awsmiddleware.SetServiceID(ctx, c.Service), c.operation())
	_, _, err := stack.Initialize.HandleMiddleware(ctx, in, middleware.HandlerFunc(func(ctx context.Context, _ any) (any, middleware.Metadata, error) {
		return nil, middleware.Metadata{}, c.send(ctx, cfg, in, out)
	}))
	return err
}

func (c Call) send(ctx context.Context, cfg aws.Config, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("%s: %w", c.name(), err)
		}
	}
	var retryer aws.Retryer = aws.NopRetryer{}
	if cfg.Retryer != nil {
		retryer = cfg.Retryer()
	}
	for try := 1; ; try++ {
		answer, err := c.once(ctx, cfg, body)
		if err == nil {
			return c.decode(answer, out)
		}
		if try >= retryer.MaxAttempts() || !retryer.IsErrorRetryable(err) {
			return fmt.Errorf("%s: %w", c.name(), err)
		}
		wait, delayed := retryer.RetryDelay(try, err)
		if delayed != nil {
			return fmt.Errorf("%s: %w", c.name(), err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", c.name(), err)
		case <-time.After(wait):
		}
	}
}

func (c Call) operation() string {
	if _, operation, ok := strings.Cut(c.Target, "."); ok {
		return operation
	}
	return c.Operation
}

func (c Call) name() string { return c.Service + ": " + c.operation() }

// address is where a service answers, without a slash at its end. The configuration may say otherwise for all services or
// for one, as for the SDK's clients.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
// https://docs.aws.amazon.com/general/latest/gr/rande.html
func (c Call) address(cfg aws.Config) string {
	for _, source := range cfg.ConfigSources {
		own, ok := source.(interface {
			GetServiceBaseEndpoint(context.Context, string) (string, bool, error)
		})
		if !ok {
			continue
		}
		if address, ok, err := own.GetServiceBaseEndpoint(context.Background(), c.Service); ok && err == nil {
			return strings.TrimSuffix(address, "/")
		}
	}
	if cfg.BaseEndpoint != nil {
		return strings.TrimSuffix(*cfg.BaseEndpoint, "/")
	}
	domain := ".amazonaws.com"
	if strings.HasPrefix(cfg.Region, "cn-") {
		domain = ".amazonaws.com.cn"
	}
	return "https://" + c.Service + "." + cfg.Region + domain
}

func (c Call) once(ctx context.Context, cfg aws.Config, body []byte) ([]byte, error) {
	r, err := c.request(ctx, cfg, body)
	if err != nil {
		return nil, err
	}
	var client aws.HTTPClient = http.DefaultClient
	if cfg.HTTPClient != nil {
		client = cfg.HTTPClient
	}
	response, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, mostAnswer))
	if err != nil {
		return nil, err
	}
	if response.StatusCode/100 != 2 {
		return nil, refused(response, answer)
	}
	return answer, nil
}

func (c Call) request(ctx context.Context, cfg aws.Config, body []byte) (*http.Request, error) {
	method, path := c.Method, c.Path
	if c.Target != "" {
		method, path = http.MethodPost, "/"
	}
	r, err := http.NewRequestWithContext(ctx, method, c.address(cfg)+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	switch {
	case c.Target != "" && c.Service == "monitoring":
		r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	case c.Target != "":
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	case body != nil:
		r.Header.Set("Content-Type", "application/json")
	}
	if c.Target != "" {
		r.Header.Set("X-Amz-Target", c.Target)
	}
	for name, value := range c.Header {
		r.Header.Set(name, value)
	}
	who, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	return r, v4.NewSigner().SignHTTP(ctx, who, r, hex.EncodeToString(sum[:]), c.Service, cfg.Region, time.Now())
}

// failure is an error of a service.
type failure struct {
	smithy.GenericAPIError
	status int
}

// HTTPStatusCode is what the SDK's retryers ask for.
func (f *failure) HTTPStatusCode() int { return f.status }

// Unwrap is the error with its code.
func (f *failure) Unwrap() error { return &f.GenericAPIError }

// refused reads an error in the ways in which the JSON protocols name it.
// https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization
func refused(response *http.Response, answer []byte) error {
	var said struct {
		Type    string `json:"__type"`
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	f := &failure{status: response.StatusCode}
	if err := json.Unmarshal(answer, &said); err == nil {
		f.Code, f.Message = cmp.Or(said.Type, said.Code), said.Message
	}
	if code := response.Header.Get("X-Amzn-Errortype"); code != "" {
		f.Code = code
	}
	f.Code, _, _ = strings.Cut(f.Code[strings.LastIndexByte(f.Code, '#')+1:], ":")
	if f.Code == "" {
		f.Code, f.Message = fmt.Sprint(response.StatusCode), http.StatusText(response.StatusCode)
	}
	return f
}

func (c Call) decode(answer []byte, out any) error {
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s: its answer is not understood: %w", c.name(), err)
	}
	return nil
}

// Time is an instant of an answer: seconds of the epoch, or text of RFC 3339. Null, or none, is the zero instant.
type Time struct{ time.Time }

// UnmarshalJSON is [json.Unmarshaler.UnmarshalJSON].
func (t *Time) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' || string(b) == "null" {
		return json.Unmarshal(b, &t.Time)
	}
	var seconds float64
	if err := json.Unmarshal(b, &seconds); err != nil {
		return err
	}
	const most = 253_402_300_799 // the last second of the year 9999: no later instant can be written
	if seconds < 0 || seconds > most {
		return fmt.Errorf("%v is no instant", seconds)
	}
	t.Time = time.UnixMilli(int64(seconds * 1000)).UTC()
	return nil
}
