package oracles

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
)

// documented is the validator of openapi.json. Strict: a member that is not described is an error.
func documented(t *testing.T) validator.Validator {
	t.Helper()
	text, err := os.ReadFile("../../shared/httpapi/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := libopenapi.NewDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(doc, config.WithFormatAssertions(), config.WithStrictMode(),
		// Strict mode takes no additionalProperties: IAM's policies, parameters, this document itself.
		config.WithStrictIgnorePaths("$.body.terms.policies[*].**", "$.body.policies[*].**", "$.body.policy.**",
			"$.body.records[*].detail.**", "$.body.terms.parameters.*", "$.body.entitlements[*].parameters.*",
			"$.body.openapi", "$.body.info", "$.body.security", "$.body.tags", "$.body.paths", "$.body.components"),
		config.WithStrictIgnoredHeadersExtra("Cache-Control", "X-Content-Type-Options"))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return v
}

func TestDocumentIsValid(t *testing.T) {
	ok, errs := documented(t).ValidateDocument()
	for _, e := range errs {
		t.Errorf("%s: %s %v", e.Message, e.Reason, e.SchemaValidationErrors)
	}
	if !ok {
		t.Error("the document is not OpenAPI 3.1")
	}
}

// fewest is how many answers the tests of package httpapi get, or they were not recorded.
const fewest = 200

// TestAnswersAreAsDocumented runs the tests of package httpapi, which write down each answer of a route that there is.
func TestAnswersAreAsDocumented(t *testing.T) {
	file := filepath.Join(t.TempDir(), "answers.jsonl")
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "./shared/httpapi")
	cmd.Dir, cmd.Env = "../..", append(os.Environ(), "CURFEW_RECORD_ANSWERS="+file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	recorded, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer recorded.Close()
	v, n := documented(t), 0
	for d := json.NewDecoder(recorded); d.More(); n++ {
		var a struct {
			Method, Target string
			Status         int
			Header         http.Header
			Body           []byte
		}
		if err := d.Decode(&a); err != nil {
			t.Fatal(err)
		}
		answer := &http.Response{StatusCode: a.Status, Header: a.Header, Body: io.NopCloser(bytes.NewReader(a.Body))}
		if ok, errs := v.ValidateHttpResponse(httptest.NewRequest(a.Method, a.Target, nil), answer); !ok {
			for _, e := range errs {
				t.Errorf("%s %s: %d is not as documented: %s: %s %v", a.Method, a.Target, a.Status, e.Message, e.Reason, e.SchemaValidationErrors)
			}
		}
	}
	t.Logf("%d answers", n)
	if n < fewest {
		t.Errorf("%d answers were recorded, want at least %d", n, fewest)
	}
}
