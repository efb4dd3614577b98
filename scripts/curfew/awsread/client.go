package awsread

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"curfew/scripts/curfew/awsauth"
)

// Client reads with one principal's credentials in one Region. It may be used by several goroutines.
type Client struct {
	HTTP        *http.Client
	Credentials awsauth.Credentials
	Region      string
	Getenv      func(string) string // for the addresses of services
	Now         func() time.Time
}

// Service is one that can be asked.
type Service string

// The services.
const (
	CloudWatch    Service = "monitoring"
	DynamoDB      Service = "dynamodb"
	EventBridge   Service = "events"
	IAM           Service = "iam"
	Lambda        Service = "lambda"
	SNS           Service = "sns"
	SQS           Service = "sqs"
	StepFunctions Service = "states"
	STS           Service = "sts"
)

// wire is how a service is spoken to.
type wire struct {
	variable string // the end of the variable that sets its address
	version  string // of the query protocol
	target   string // of the JSON protocols: what stands before the action
	media    string
}

const (
	form   = "application/x-www-form-urlencoded; charset=utf-8"
	json10 = "application/x-amz-json-1.0"
	json11 = "application/x-amz-json-1.1"
)

func (s Service) wire() wire {
	switch s {
	case CloudWatch:
		return wire{variable: "CLOUDWATCH", version: "2010-08-01", media: form}
	case DynamoDB:
		return wire{variable: "DYNAMODB", target: "DynamoDB_20120810.", media: json10}
	case EventBridge:
		return wire{variable: "EVENTBRIDGE", target: "AWSEvents.", media: json11}
	case IAM:
		return wire{variable: "IAM", version: "2010-05-08", media: form}
	case SNS:
		return wire{variable: "SNS", version: "2010-03-31", media: form}
	case SQS:
		return wire{variable: "SQS", target: "AmazonSQS.", media: json10}
	case StepFunctions:
		return wire{variable: "SFN", target: "AWSStepFunctions.", media: json10}
	case STS:
		return wire{variable: "STS", version: "2011-06-15", media: form}
	}
	return wire{variable: strings.ToUpper(string(s))}
}

// globalRegion is where IAM is, whatever the Region: the request is signed for it.
// https://docs.aws.amazon.com/general/latest/gr/iam-service.html
const globalRegion = "us-east-1"

// address gives a service's address and the Region to sign for.
func (c *Client) address(s Service) (base, region string) {
	base, region = "https://"+string(s)+"."+c.Region+".amazonaws.com", c.Region
	if s == IAM {
		base, region = "https://iam.amazonaws.com", globalRegion
	}
	for _, name := range []string{"AWS_ENDPOINT_URL_" + s.wire().variable, "AWS_ENDPOINT_URL"} {
		if own := c.Getenv(name); own != "" {
			return strings.TrimSuffix(own, "/"), region
		}
	}
	return base, region
}

// JSON asks DynamoDB, EventBridge, SQS or Step Functions. The answer is decoded into out.
func (c *Client) JSON(ctx context.Context, s Service, action string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	header := http.Header{"X-Amz-Target": {s.wire().target + action}}
	answer, err := c.send(ctx, s, action, http.MethodPost, "/", header, body)
	if err != nil {
		return err
	}
	return unreadable(s, action, json.Unmarshal(answer.body, out))
}

// Query asks CloudWatch, IAM, SNS or STS. The answer, an XML document, is decoded into out.
func (c *Client) Query(ctx context.Context, s Service, action string, params map[string]string, out any) error {
	answer, err := c.query(ctx, s, action, params)
	if err != nil {
		return err
	}
	return unreadable(s, action, xml.Unmarshal(answer.body, out))
}

func (c *Client) query(ctx context.Context, s Service, action string, params map[string]string) (answer, error) {
	values := url.Values{"Action": {action}, "Version": {s.wire().version}}
	for name, value := range params {
		values.Set(name, value)
	}
	return c.send(ctx, s, action, http.MethodPost, "/", http.Header{}, []byte(values.Encode()))
}

// Path asks Lambda: the action has no name on the wire, and is here for messages. The path may end in a query.
func (c *Client) Path(ctx context.Context, action, path string, out any) error {
	answer, err := c.send(ctx, Lambda, action, http.MethodGet, path, http.Header{}, nil)
	if err != nil {
		return err
	}
	return unreadable(Lambda, action, json.Unmarshal(answer.body, out))
}

func unreadable(s Service, action string, err error) error {
	if err != nil {
		return fmt.Errorf("%s %s: the answer is not understood: %w", s, action, err)
	}
	return nil
}

// answer is what came back, and when.
type answer struct {
	body           []byte
	date           time.Time // as the server said it; zero: it did not
	sent, received time.Time
}

const (
	tries     = 4
	firstWait = 200 * time.Millisecond
	maxAnswer = 16 << 20 // bytes
)

// send makes one call, and again while AWS says that it is only busy.
func (c *Client) send(ctx context.Context, s Service, action, method, path string, header http.Header, body []byte) (answer, error) {
	if !reads(action) {
		return answer{}, fmt.Errorf("%s %s is no call that only reads", s, action)
	}
	for try := 1; ; try++ {
		got, err := c.once(ctx, s, action, method, path, header.Clone(), body)
		if err == nil || !busy(err) || try == tries {
			return got, err
		}
		select {
		case <-ctx.Done():
			return got, err
		case <-time.After(firstWait << (try - 1)):
		}
	}
}

// reads reports whether an action of AWS only reads, by its name.
func reads(action string) bool {
	return strings.HasPrefix(action, "Get") || strings.HasPrefix(action, "List") || strings.HasPrefix(action, "Describe")
}

func (c *Client) once(ctx context.Context, s Service, action, method, path string, header http.Header, body []byte) (answer, error) {
	base, region := c.address(s)
	r, err := http.NewRequestWithContext(ctx, method, base+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	r.Header = header
	if media := s.wire().media; media != "" {
		r.Header.Set("Content-Type", media)
	}
	signer := awsauth.Signer{Credentials: c.Credentials, Region: region, Service: string(s), Now: c.Now}
	if err := signer.Sign(r, body); err != nil {
		return answer{}, err
	}
	got := answer{sent: c.Now()}
	response, err := c.HTTP.Do(r)
	if err != nil {
		return got, &Error{Service: s, Action: action, Text: "no answer from " + r.URL.Host, Err: err}
	}
	defer response.Body.Close()
	got.received = c.Now()
	got.date, _ = http.ParseTime(response.Header.Get("Date")) // without one the clock cannot be compared, which is told there
	got.body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return got, &Error{Service: s, Action: action, Text: "the answer broke off", Err: err}
	}
	if response.StatusCode/100 != 2 {
		return got, refusal(s, action, response, got.body)
	}
	return got, nil
}
