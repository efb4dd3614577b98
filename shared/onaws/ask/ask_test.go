package ask_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"curfew/shared/onaws"
	"curfew/shared/onaws/ask"
)

// sender answers requests by a function.
type sender func(*http.Request) (*http.Response, error)

func (s sender) Do(r *http.Request) (*http.Response, error) { return s(r) }

func answered(status int, body string, header ...string) (*http.Response, error) {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func config(region string, s sender) aws.Config {
	return aws.Config{
		Region: region, HTTPClient: s, Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", "token"),
		Retryer: func() aws.Retryer { return retry.NewStandard() },
	}
}

func TestRequest(t *testing.T) {
	rest, target := ask.Call{Service: "backup", Operation: "DescribeBackupJob", Method: http.MethodGet, Path: "/backup-jobs/a"}, ask.Call{Service: "codedeploy", Target: "CodeDeploy_20141006.GetDeployment"}
	for _, c := range []struct {
		name, region string
		call         ask.Call
		in           any
		want         string
	}{
		{"REST JSON", "us-east-1", rest, nil, "GET https://backup.us-east-1.amazonaws.com/backup-jobs/a us-east-1/backup "},
		{"AWS JSON", "eu-west-1", target, map[string]string{"deploymentId": "d"}, `POST https://codedeploy.eu-west-1.amazonaws.com/ eu-west-1/codedeploy application/x-amz-json-1.1 CodeDeploy_20141006.GetDeployment {"deploymentId":"d"}`},
		{"of CloudWatch", "eu-west-1", ask.Call{Service: "monitoring", Target: "A.B"}, struct{}{}, "POST https://monitoring.eu-west-1.amazonaws.com/ eu-west-1/monitoring application/x-amz-json-1.0 A.B {}"},
		{"in China", "cn-north-1", rest, nil, "GET https://backup.cn-north-1.amazonaws.com.cn/backup-jobs/a cn-north-1/backup "},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got string
			cfg := config(c.region, func(r *http.Request) (*http.Response, error) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "AKIAEXAMPLE/")
				at := strings.Split(scope, "/")
				parts := []string{r.Method, r.URL.String(), at[1] + "/" + at[2], r.Header.Get("Content-Type"), r.Header.Get("X-Amz-Target"), string(body)}
				got = strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
				if r.Header.Get("X-Amz-Security-Token") != "token" {
					t.Error("the session's token is not sent")
				}
				return answered(200, "{}")
			})
			if err := c.call.Do(t.Context(), cfg, c.in, nil); err != nil || got != strings.TrimSpace(c.want) {
				t.Errorf("%v, sent %s\nwant %s", err, got, c.want)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		header []string
		code   string
		sent   int
	}{
		{"in the body", 400, `{"__type":"com.amazonaws.codedeploy#DeploymentDoesNotExistException","message":"none"}`, nil, "DeploymentDoesNotExistException", 1},
		{"in a header", 404, `{"Message":"none"}`, []string{"X-Amzn-Errortype", "ResourceNotFoundException:http://internal"}, "ResourceNotFoundException", 1},
		{"by code", 403, `{"code":"AccessDeniedException"}`, nil, "AccessDeniedException", 1},
		{"a proxy's", 502, `<html>`, nil, "502", 3},
		{"busy", 400, `{"__type":"ThrottlingException"}`, nil, "ThrottlingException", 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent := 0
				err := ask.Call{Service: "backup", Operation: "DescribeBackupJob", Method: http.MethodGet, Path: "/"}.Do(t.Context(), config("us-east-1", func(*http.Request) (*http.Response, error) {
					sent++
					return answered(c.status, c.body, c.header...)
				}), nil, nil)
				if got := onaws.ErrorCode(err); got != c.code || sent != c.sent {
					t.Errorf("code = %q of %v, sent %d times, want %q and %d", got, err, sent, c.code, c.sent)
				}
			})
		})
	}
}

// A busy service is asked again, and what it says then counts.
func TestAnswerAfterAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		var out struct{ State string }
		err := ask.Call{Service: "backup", Operation: "DescribeBackupJob", Method: http.MethodGet, Path: "/"}.Do(t.Context(), config("us-east-1", func(*http.Request) (*http.Response, error) {
			if sent++; sent == 1 {
				return answered(503, "")
			}
			return answered(200, `{"State":"RUNNING"}`)
		}), nil, &out)
		if err != nil || out.State != "RUNNING" {
			t.Errorf("state = %q, %v, want RUNNING", out.State, err)
		}
	})
}

// Whoever waits says for how long.
func TestCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		sent := 0
		err := ask.Call{Service: "backup", Operation: "DescribeBackupJob", Method: http.MethodGet, Path: "/"}.Do(ctx, config("us-east-1", func(*http.Request) (*http.Response, error) {
			sent++
			time.Sleep(time.Second)
			return answered(503, "")
		}), nil, nil)
		if err == nil || sent != 1 {
			t.Errorf("error = %v, sent %d times, want an error and one", err, sent)
		}
	})
}

func TestNotUnderstood(t *testing.T) {
	var out struct{ State string }
	err := ask.Call{Service: "backup", Operation: "DescribeBackupJob", Method: http.MethodGet, Path: "/"}.Do(t.Context(), config("us-east-1", func(*http.Request) (*http.Response, error) {
		return answered(200, `{"State":1}`)
	}), nil, &out)
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok {
		t.Errorf("error = %v, want what JSON says of it", err)
	}
}

// Whoever records the calls of the SDK's clients is told of this one too, once, however often it is sent.
func TestRecorded(t *testing.T) {
	for name, c := range map[string]struct {
		call ask.Call
		in   any
		want onaws.Call
	}{
		"REST JSON": {ask.Call{Service: "backup", Operation: "DescribeBackupJob", Method: http.MethodGet, Path: "/backup-jobs/a"}, nil,
			onaws.Call{Service: "backup", Operation: "DescribeBackupJob"}},
		"AWS JSON": {ask.Call{Service: "secretsmanager", Target: "secretsmanager.DescribeSecret"}, map[string]string{"SecretId": "s", "Token": "t"},
			onaws.Call{Service: "secretsmanager", Operation: "DescribeSecret", Parameters: map[string]string{"SecretId": "s"}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got []onaws.Call
				cfg := config("us-east-1", func(*http.Request) (*http.Response, error) { return answered(503, "") })
				onaws.Record(&cfg, func(c onaws.Call) { got = append(got, c) })
				if err := c.call.Do(t.Context(), cfg, c.in, nil); err == nil || !reflect.DeepEqual(got, []onaws.Call{c.want}) {
					t.Errorf("%v, recorded %+v, want %+v", err, got, c.want)
				}
			})
		})
	}
}

func TestTime(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"1786025045.999", "2026-08-06T14:04:05.999Z"},
		{`"2026-08-06T14:04:05Z"`, "2026-08-06T14:04:05Z"},
		{"null", "0001-01-01T00:00:00Z"},
		{"1e300", "error"},
		{"true", "error"},
	} {
		t.Run(c.text, func(t *testing.T) {
			var at ask.Time
			got := "error"
			if err := json.Unmarshal([]byte(c.text), &at); err == nil {
				got = at.Format(time.RFC3339Nano)
			}
			if got != c.want {
				t.Errorf("instant = %s, want %s", got, c.want)
			}
		})
	}
}

// FuzzTime: whatever a service answers, there is an instant that can be written, or an error.
func FuzzTime(f *testing.F) {
	for _, text := range []string{"0", "1786025045.999", `"2026-08-06T14:04:05Z"`, "null", "-1e308"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var at ask.Time
		if err := json.Unmarshal([]byte(text), &at); err != nil {
			return
		}
		if _, err := json.Marshal(at.Time); err != nil {
			t.Errorf("%s is an instant that cannot be written: %v", text, err)
		}
	})
}
