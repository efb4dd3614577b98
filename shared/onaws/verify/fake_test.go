package verify_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/encoding/cbor"

	"curfew/shared/onaws"
	"curfew/shared/onaws/verify"
)

// fake is the services over HTTP: it answers and records each call. Without an answer the task does not exist.
type fake struct {
	t       *testing.T
	url     string
	answers map[string]answer // by operation, or "Operation id" for several tasks

	mu    sync.Mutex // guards what follows
	calls []string   // "Region operation input", input as JSON
}

// answer is a body, or an error code.
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

// facts are an installation's with one member account.
func (f *fake) facts() *verify.Facts {
	cfg := aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(f.url), Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: credentials.NewStaticCredentialsProvider("home", "secret", ""),
	}
	in := onaws.NewAccounts(cfg, onaws.AccountsConfig{MemberRole: "curfew-member-trigger", ExternalID: "curfew", Function: "curfew-trigger"})
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
		f.write(w, r, http.StatusBadRequest, map[string]any{"__type": a.code, "message": "no"})
		return
	}
	f.write(w, r, http.StatusOK, a.body)
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

// read returns operation and input by the call's protocol.
func read(r *http.Request, body []byte) (operation, input string) {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return target[strings.LastIndexByte(target, '.')+1:], string(body)
	}
	if isCBOR(r) {
		in, _ := cbor.Decode(body) // malformed: null
		text, _ := json.Marshal(in)
		return path.Base(r.URL.Path), string(text)
	}
	return r.Method + " " + r.URL.Path, string(body)
}

// isCBOR: CloudWatch's client uses RPC v2 CBOR, the others JSON.
// https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
func isCBOR(r *http.Request) bool { return r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor" }

func (f *fake) write(w http.ResponseWriter, r *http.Request, status int, body map[string]any) {
	if isCBOR(r) {
		w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
		w.WriteHeader(status)
		_, _ = w.Write(cbor.Encode(asCBOR(body)))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(seconds(body)); err != nil {
		f.t.Error(err)
	}
}

func asCBOR(v any) cbor.Value {
	switch v := v.(type) {
	case time.Time:
		return &cbor.Tag{ID: 1, Value: cbor.Float64(v.Unix())}
	case map[string]any:
		out := cbor.Map{}
		for name, of := range v {
			out[name] = asCBOR(of)
		}
		return out
	case []any:
		var out cbor.List
		for _, of := range v {
			out = append(out, asCBOR(of))
		}
		return out
	}
	return cbor.String(fmt.Sprint(v))
}

// seconds has times as JSON has them: epoch seconds.
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
