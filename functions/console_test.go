package functions_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"curfew/shared/onaws/lambdatest"
)

// The console has no settings of an installation: it starts with none, and refuses only addresses that are not safe.
func TestTheConsole(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds and starts programs: not with -short")
	}
	read(t)
	bootstrap := filepath.Join(t.TempDir(), "bootstrap")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-buildvcs=false", "-o", bootstrap, "./console")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	p, err := lambdatest.Start(bootstrap, "curfew-console", "AWS_REGION=us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	for _, c := range []struct {
		event  string
		status int
	}{
		{`{"version":"2.0","rawPath":"/","headers":{"accept-encoding":"gzip"},"requestContext":{"http":{"method":"GET"}}}`, 200},
		{`{"version":"2.0","rawPath":"/console/app.js","requestContext":{"http":{"method":"GET"}}}`, 200},
		{`{"version":"2.0","rawPath":"/console/../main.go","requestContext":{"http":{"method":"GET"}}}`, 404},
		{`{"version":"2.0","rawPath":"/console/app.js","requestContext":{"http":{"method":"POST"}}}`, 405},
		{`{}`, 405},
	} {
		a, err := p.Invoke(t.Context(), []byte(c.event), 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct {
			StatusCode      int
			Headers         map[string]string
			IsBase64Encoded bool
		}
		if err := json.Unmarshal(a.Payload, &answer); err != nil || answer.StatusCode != c.status || !answer.IsBase64Encoded || !strings.HasPrefix(answer.Headers["Content-Security-Policy"], "default-src 'none'; ") {
			t.Errorf("%s: %.300s, %v, want %d", c.event, a.Payload, err, c.status)
		}
	}
	bad, err := lambdatest.Start(bootstrap, "curfew-console", "AWS_REGION=us-east-1", "CURFEW_ISSUER=http://id.example.com")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bad.Close)
	if code, err := bad.Exited(t.Context()); err != nil || code != 1 {
		t.Errorf("exit code %d, %v, want 1", code, err)
	}
}
