package awsread_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/scripts/curfew/awsauth"
	"curfew/scripts/curfew/awsread"
)

// transport answers by a function.
type transport func(*http.Request) *http.Response

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

func response(status int, body string, header http.Header) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Status: fmt.Sprint(status), Header: header, Body: io.NopCloser(strings.NewReader(body))}
}

func client(env map[string]string, f transport) *awsread.Client {
	return &awsread.Client{
		HTTP: &http.Client{Transport: f}, Credentials: awsauth.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "secret"},
		Region: "eu-central-1", Getenv: func(name string) string { return env[name] }, Now: time.Now,
	}
}

func TestNothingThatChangesIsSent(t *testing.T) {
	c := client(nil, func(r *http.Request) *http.Response {
		t.Errorf("%s was sent", r.URL)
		return response(500, "", nil)
	})
	var out struct{}
	for _, action := range []string{"DeleteRole", "PutRolePolicy", "TagRole", "", "UpdateFunctionCode"} {
		for _, err := range []error{
			c.Query(t.Context(), awsread.IAM, action, nil, &out), c.JSON(t.Context(), awsread.DynamoDB, action, nil, &out),
			c.Path(t.Context(), action, "/", &out),
		} {
			if err == nil || !strings.Contains(err.Error(), "only reads") {
				t.Errorf("%q: %v", action, err)
			}
		}
	}
}

func TestWhereAndHowItIsAsked(t *testing.T) {
	for _, c := range []struct {
		name, want string
		env        map[string]string
		ask        func(*awsread.Client) error
	}{
		{"IAM is global", "POST https://iam.amazonaws.com/ us-east-1/iam Action=GetRole&RoleName=a&Version=2010-05-08", nil,
			func(c *awsread.Client) error {
				return c.Query(t.Context(), awsread.IAM, "GetRole", map[string]string{"RoleName": "a"}, new(struct{}))
			}},
		{"a table", `POST https://dynamodb.eu-central-1.amazonaws.com/ eu-central-1/dynamodb DynamoDB_20120810.DescribeTable {"TableName":"t"}`, nil,
			func(c *awsread.Client) error {
				return c.JSON(t.Context(), awsread.DynamoDB, "DescribeTable", map[string]string{"TableName": "t"}, new(struct{}))
			}},
		{"an address for one service", "GET http://127.0.0.1:5000/2015-03-31/x?F=y eu-central-1/lambda",
			map[string]string{"AWS_ENDPOINT_URL": "http://other", "AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:5000/"},
			func(c *awsread.Client) error {
				return c.Path(t.Context(), "ListX", "/2015-03-31/x?F=y", new(struct{}))
			}},
		{"an address for all", `POST http://other/ eu-central-1/sqs AmazonSQS.GetQueueUrl {}`, map[string]string{"AWS_ENDPOINT_URL": "http://other"},
			func(c *awsread.Client) error {
				return c.JSON(t.Context(), awsread.SQS, "GetQueueUrl", struct{}{}, new(struct{}))
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got string
			err := c.ask(client(c.env, func(r *http.Request) *http.Response {
				body, _ := io.ReadAll(r.Body)
				_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "AKIAEXAMPLE/")
				parts := strings.Split(scope, "/")
				got = strings.Join(strings.Fields(fmt.Sprintf("%s %s %s/%s %s %s", r.Method, r.URL, parts[1], parts[2], r.Header.Get("X-Amz-Target"), body)), " ")
				if r.Header.Get("X-Amz-Target") != "" || r.Method == http.MethodGet {
					return response(200, "{}", nil)
				}
				return response(200, "<Answer/>", nil)
			}))
			if err != nil || got != c.want {
				t.Errorf("%v: sent %s\nwant %s", err, got, c.want)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name            string
		status          int
		body, errortype string
		want            string
		missing, denied bool
		sent            int
	}{
		{"no role", 404, `<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>no such role</Message></Error></ErrorResponse>`, "", "NoSuchEntity: no such role", true, false, 1},
		{"no table", 400, `{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"none"}`, "", "ResourceNotFoundException: none", true, false, 1},
		{"no function", 404, `{"Message":"none"}`, "ResourceNotFoundException:http://internal", "ResourceNotFoundException: none", true, false, 1},
		{"not allowed", 403, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>`, "", "AccessDenied: no", false, true, 1},
		{"busy for ever", 400, `{"__type":"ThrottlingException","message":"slow\n down"}`, "", "ThrottlingException: slow down", false, false, 4},
		{"a proxy", 502, `<html>`, "", "502", false, false, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent := 0
				err := client(nil, func(*http.Request) *http.Response {
					sent++
					return response(c.status, c.body, http.Header{"X-Amzn-Errortype": {c.errortype}})
				}).JSON(t.Context(), awsread.SQS, "GetX", nil, new(json.RawMessage))
				e, ok := errors.AsType[*awsread.Error](err)
				if !ok || e.Error() != "sqs GetX: "+c.want || awsread.IsMissing(err) != c.missing || awsread.IsDenied(err) != c.denied || sent != c.sent {
					t.Errorf("%v, missing %t, denied %t, sent %d times", err, awsread.IsMissing(err), awsread.IsDenied(err), sent)
				}
			})
		})
	}
}

func TestIdentityComparesClocks(t *testing.T) {
	for _, ahead := range []time.Duration{0, 90 * time.Second, -time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			who, err := client(nil, func(*http.Request) *http.Response {
				time.Sleep(100 * time.Millisecond)
				date := time.Now().Add(-ahead).UTC().Format(http.TimeFormat)
				time.Sleep(100 * time.Millisecond)
				return response(200, `<R><GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult></R>`, http.Header{"Date": {date}})
			}).Identity(t.Context())
			if err != nil || who.Account != "111122223333" || !who.Known || (who.Ahead-ahead).Abs() > who.Within {
				t.Errorf("%+v, %v; want %s ahead", who, err, ahead)
			}
		})
	}
}
