package verify_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"curfew/shared/onaws"
	"curfew/shared/onaws/verify"
)

// fake is the services, over HTTP: each call is answered as it was told, and noted. What it was not told of is not there.
type fake struct {
	t       *testing.T
	url     string
	answers map[string]answer // by operation; one for several tasks may name the id as well: "Operation id"

	mu    sync.Mutex // guards what follows
	calls []string   // "Region operation input", input as JSON
}

// answer is the body of an answer, or the code of an error.
type answer struct {
	body map[string]any
	code string
}

func serve(t *testing.T, answers map[string]answer) *fake {
	t.Helper()
	f := &fake{t: t, answers: answers}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

// facts are those of an installation with one member account.
func (f *fake) facts() *verify.Facts {
	cfg := aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(f.url), Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: credentials.NewStaticCredentialsProvider("home", "secret", ""),
	}
	in := onaws.NewAccounts(cfg, onaws.AccountsConfig{Members: []string{"111122223333"}, MemberRole: "curfew-member-trigger", ExternalID: "curfew", Function: "curfew-trigger"})
	return verify.New(in, onaws.TasksConfig{TaskAccounts: []string{"555566667777"}}, slog.New(slog.DiscardHandler))
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		f.t.Error(err)
	}
	if r.FormValue("Action") == "" && strings.Contains(string(body), "Action=AssumeRole") {
		f.assumed(w, string(body))
		return
	}
	if !strings.Contains(r.Header.Get("Authorization"), "Credential=member/") {
		f.t.Errorf("%s %s was not signed by the role of the member account", r.Method, r.URL)
	}
	operation, input := read(r, body)
	f.mu.Lock()
	f.calls = append(f.calls, region(r)+" "+operation+" "+input)
	f.mu.Unlock()
	a, ok := f.answers[operation]
	if !ok {
		a = answer{code: "ResourceNotFoundException"}
	}
	if a.code != "" {
		w.Header().Set("X-Amzn-Errortype", a.code)
		f.asJSON(w, http.StatusBadRequest, map[string]any{"__type": a.code, "message": "no"})
		return
	}
	f.asJSON(w, http.StatusOK, a.body)
}

func (f *fake) assumed(w http.ResponseWriter, body string) {
	if a := f.answers["AssumeRole"]; a.code != "" {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `<ErrorResponse><Error><Code>%s</Code><Message>no</Message></Error></ErrorResponse>`, a.code)
		return
	}
	for _, want := range []string{"RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fcurfew-member-trigger", "ExternalId=curfew", "RoleSessionName=curfew-trigger"} {
		if !strings.Contains(body, want) {
			f.t.Errorf("assumed by %s, want %s in it", body, want)
		}
	}
	fmt.Fprintf(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>member</AccessKeyId><SecretAccessKey>s</SecretAccessKey>`+
		`<SessionToken>t</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
}

func region(r *http.Request) string {
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	return strings.Split(scope, "/")[2]
}

// read tells the operation and its input, by the protocol of the call.
func read(r *http.Request, body []byte) (operation, input string) {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return target[strings.LastIndexByte(target, '.')+1:], string(body)
	}
	return r.Method + " " + r.URL.Path, string(body)
}

func (f *fake) asJSON(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(seconds(body)); err != nil {
		f.t.Error(err)
	}
}

// seconds has instants as JSON has them: seconds of the epoch.
func seconds(v any) any {
	switch v := v.(type) {
	case time.Time:
		return float64(v.UnixMilli()) / 1000
	case map[string]any:
		out := map[string]any{}
		for name, of := range v {
			out[name] = seconds(of)
		}
		return out
	case []any:
		out := slices.Clone(v)
		for i := range out {
			out[i] = seconds(out[i])
		}
		return out
	}
	return v
}
